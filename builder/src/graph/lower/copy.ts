import { parseChmod } from "@tsbuild/layers";
import { checkCopyIgnoredFile } from "../../dockerfile/checks/copy-ignored-file.ts";
import { baseName, cleanPath } from "../../dockerfile/values/clean-path.ts";
import { expand } from "../../dockerfile/expand/expand.ts";
import { hideCredentials } from "../../dockerfile/values/hide-credentials.ts";
import { parseGitSource } from "../../dockerfile/values/git-source.ts";
import { flagToken } from "../../dockerfile/flags.ts";
import { atInstruction } from "./fault.ts";
import type { AddInstruction, CopyInstruction } from "../../dockerfile/instruction.ts";
import type { Token } from "../../dockerfile/place.ts";
import { Problem } from "../../dockerfile/problem.ts";
import { quote } from "../../dockerfile/expand/quote.ts";
import { type CommandContext, commit, expandWord, nameStep, noteUnset } from "./command-context.ts";
import { mainContextStep } from "./context-steps.ts";
import { addGit, addHttp, isHttp } from "./remote-sources.ts";
import type { CopySource, CopyStep, StepId } from "../step.ts";
import { createInputs, type StepInputs } from "./step-inputs.ts";

type CopyContext = CommandContext<CopyInstruction | AddInstruction>;

/** COPY and ADD. */
export function lowerCopy(context: CopyContext): void {
  const { state, scope, instruction } = context;
  const copy = expandCopy(context);
  const { file } = scope.dockerfile.source;
  if (copy.chmod !== "")
    atInstruction(file, instruction.scanned, flagToken(instruction.scanned, "chmod"), () =>
      parseChmod(copy.chmod),
    );
  checkChecksum(copy.checksum, copy, flagToken(instruction.scanned, "checksum"));
  const name = hideCredentials(nameStep(context));
  const inputs = createInputs(state.top);
  const sources = [
    ...copy.sources.map((source, index) =>
      lowerSource(context, { copy, source, token: instruction.sources[index], name, inputs }),
    ),
    ...copy.inline.map(({ name: fileName, content }): CopySource => ({ kind: "inline", fileName, content })),
  ];
  const step: Omit<CopyStep, "id"> = {
    kind: "copy",
    instruction: instruction.kind === "copy" ? "COPY" : "ADD",
    name,
    stage: state.label,
    span: context.span,
    inputs: inputs.list,
    platform: context.platform,
    sources,
    destination: destinationIn(state.image.workingDir, copy.destination),
    chown: copy.chown === "" ? undefined : copy.chown,
    chmod: copy.chmod === "" ? undefined : copy.chmod,
    // As BuildKit: a mode makes the copy depend on what is below, and the link falls away.
    link: instruction.link && copy.chmod === "",
    parents: instruction.kind === "copy" && instruction.parents,
    exclude: instruction.exclude,
    unpack: unpackOf(instruction),
  };
  state.top = scope.steps.add(step);
  commit(context, historyText(instruction, copy), "layer");
}

interface ExpandedCopy {
  readonly sources: readonly string[];
  readonly inline: readonly { readonly name: string; readonly content: string }[];
  readonly destination: string;
  readonly chown: string;
  readonly chmod: string;
  readonly checksum: string;
}

function expandCopy(context: CopyContext): ExpandedCopy {
  const { instruction } = context;
  const word = (token: Token): string => expandWord(context, token.text, token);
  return {
    chown: expandWord(context, instruction.chown, flagToken(instruction.scanned, "chown")),
    chmod: expandWord(context, instruction.chmod, flagToken(instruction.scanned, "chmod")),
    checksum:
      instruction.kind === "add"
        ? expandWord(context, instruction.checksum, flagToken(instruction.scanned, "checksum"))
        : "",
    sources: instruction.sources.map(word),
    inline: instruction.inline.map(({ name, content, expand: expands }) => ({
      name,
      // Bodies always use the backslash, whatever the file's escape character is.
      content: expands ? expandBody(context, content) : content,
    })),
    destination: word(instruction.destination),
  };
}

function expandBody(context: CopyContext, content: string): string {
  const expanded = expand(content, context.state.variables, { escape: "\\", quotes: "ordinary" });
  noteUnset(context, expanded);
  context.scope.budget.spend(expanded.text.length);
  return expanded.text;
}

function checkChecksum(checksum: string, { sources }: ExpandedCopy, token: Token | undefined): void {
  if (checksum === "") return;
  const [source] = sources;
  if (source === undefined || sources.length !== 1)
    throw new Problem("checksum can't be specified for multiple sources", { token });
  if (!isHttp(source) && parseGitSource(source) === undefined)
    throw new Problem("checksum requires HTTP(S) or Git sources", { token });
}

function lowerSource(
  context: CopyContext,
  given: {
    readonly copy: ExpandedCopy;
    readonly source: string;
    readonly token: Token | undefined;
    readonly name: string;
    readonly inputs: StepInputs;
  },
): CopySource {
  const { instruction } = context;
  const { copy, source, token, name, inputs } = given;
  const input = (step: StepId): number => inputs.position("source", step);
  const { budget } = context.scope;
  const git = parseGitSource(source);
  if (git !== undefined) {
    budget.spend(name.length);
    if (instruction.kind === "copy")
      throw new Problem("source can't be a git ref for COPY", { token, hint: "use ADD" });
    return {
      kind: "path",
      input: input(addGit({ ...context, instruction }, { git, checksum: copy.checksum, name })),
      pattern: "",
    };
  }
  if (isHttp(source)) {
    budget.spend(name.length);
    if (instruction.kind === "copy")
      throw new Problem("source can't be a URL for COPY", { token, hint: "use ADD" });
    const { step, fileName } = addHttp(context, { url: source, checksum: copy.checksum, name });
    return { kind: "path", input: input(step), pattern: fileName.replace(/[\\*?[]/g, "\\$&") };
  }
  if (context.sources.length === 0)
    checkCopyIgnoredFile(
      instruction,
      { source, ignored: context.scope.options.checks?.ignored },
      context.scope.report,
    );
  const pattern = instruction.kind === "copy" && instruction.parents ? pivoted(source) : relative(source);
  return { kind: "path", input: input(sourceStep(context)), pattern };
}

/** The tree that local sources are taken from. */
function sourceStep(context: CopyContext): StepId {
  const { state, scope, instruction, sources } = context;
  const [from] = sources;
  if (from === undefined) return mainContextStep(scope.steps, scope.options);
  if (!from.isDone || from.top === undefined) {
    const name = instruction.kind === "copy" ? instruction.from : "";
    throw new Problem(
      `cannot copy from stage ${quote(name)}, it needs to be defined before current stage ${quote(state.name)}`,
      { token: flagToken(instruction.scanned, "from"), hint: `move stage ${name} above this one` },
    );
  }
  return from.top;
}

/** Clean, without a leading slash; "" is all of it. `..` ends at the root. */
function relative(path: string): string {
  return cleanPath(`/${path}`).slice(1);
}

/** With --parents what stands before the first `/./` is left out of the names that are made. */
function pivoted(path: string): string {
  const pivot = path.indexOf("/./");
  if (pivot < 0) return relative(path);
  const parent = relative(path.slice(0, pivot));
  const rest = relative(path.slice(pivot + 3));
  return `${parent === "" ? "." : parent}/./${rest}`;
}

/** Absolute and clean; a trailing slash stays and says "directory". */
function destinationIn(workingDir: string, destination: string): string {
  const given = destination === "" || destination === "." ? "./" : destination;
  const absolute = cleanPath(given.startsWith("/") ? given : `${workingDir}/${given}`);
  const isDirectory = given.endsWith("/") || baseName(given) === "." || given.endsWith("/.");
  return isDirectory && absolute !== "/" ? `${absolute}/` : absolute;
}

function unpackOf(instruction: CopyInstruction | AddInstruction): CopyStep["unpack"] {
  if (instruction.kind === "copy" || instruction.unpack === false) return "never";
  return instruction.unpack === true ? "always" : "auto";
}

function historyText(instruction: CopyInstruction | AddInstruction, copy: ExpandedCopy): string {
  const words = [
    instruction.kind === "copy" ? "COPY" : "ADD",
    ...(instruction.kind === "copy" && instruction.parents ? ["--parents"] : []),
    ...(copy.chown === "" ? [] : [`--chown=${copy.chown}`]),
    ...(copy.chmod === "" ? [] : [`--chmod=${copy.chmod}`]),
    ...copy.sources.map(hideCredentials),
    ...copy.inline.map(({ name }) => `<<${name}`),
    copy.destination,
  ];
  return `${words.join(" ")} # buildkit`;
}
