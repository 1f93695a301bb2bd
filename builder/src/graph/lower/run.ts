import { chompTabs, heredocWord } from "../../dockerfile/scan/heredoc.ts";
import type { RunInstruction } from "../../dockerfile/instruction.ts";
import { Problem } from "../../dockerfile/problem.ts";
import { trimSpace } from "../../dockerfile/scan/whitespace.ts";
import { type CommandContext, commit, nameStep } from "./command-context.ts";
import { withShell } from "./metadata.ts";
import { lowerMounts, readMounts } from "./mounts.ts";
import type { StageState } from "./stage-state.ts";
import type { RunMount } from "../step.ts";
import { createInputs } from "./step-inputs.ts";
import { ownValue } from "./variables.ts";

/** Where scripts that a heredoc holds are put for their step. */
const scriptDirectory = "/dev/pipes";

export function lowerRun(context: CommandContext<RunInstruction>): void {
  const { state, scope, instruction } = context;
  const given = readMounts(context);
  const script = readScript(context);
  const argv = withShell(state, { form: instruction.command.form, words: script.words });
  const inputs = createInputs(state.top);
  const mounts: RunMount[] = lowerMounts(context, { given, inputs });
  if (script.file !== undefined) mounts.unshift(script.file);
  const name = nameStep(context, {
    style: "script",
    suffix: script.summary,
    hidden: given.flatMap(({ type, env }) => (type === "secret" && env !== undefined ? [env] : [])),
  });
  state.top = scope.steps.add({
    kind: "run",
    name,
    stage: state.label,
    span: context.span,
    inputs: inputs.list,
    platform: context.platform,
    argv,
    env: environmentOf(state, mounts),
    proxyEnv: scope.proxyEnvironment,
    cwd: state.image.workingDir === "" ? "/" : state.image.workingDir,
    user: state.image.user,
    hostname: hostnameOf(context),
    extraHosts: scope.options.extraHosts ?? [],
    network: instruction.network === "default" ? (scope.options.network ?? "default") : instruction.network,
    security: instruction.security,
    devices: instruction.devices,
    mounts,
  });
  scope.budget.spend(state.variables.size * 8 + state.declared.size * 16);
  const text = `RUN ${[...shownArgs(state), ...argv].join(" ")} # buildkit`;
  commit(context, text, "layer");
}

function hostnameOf({ scope }: CommandContext): string | undefined {
  const given = ownValue(scope.options.buildArgs ?? {}, "BUILDKIT_SANDBOX_HOSTNAME");
  return given === undefined || given === "" ? scope.options.hostname : given;
}

interface Script {
  readonly words: readonly string[];
  /** A heredoc that starts with `#!` is a program of its own. */
  readonly file: RunMount | undefined;
  readonly summary: string;
}

/** The command with the heredocs that belong to it. */
function readScript({ instruction }: CommandContext<RunInstruction>): Script {
  const { command, files } = instruction;
  const [first] = files;
  const [line] = command.words;
  if (first === undefined) return { words: command.words, file: undefined, summary: "" };
  if (line === undefined || command.words.length !== 1 || command.form === "exec")
    throw new Problem(`parsing produced an invalid run command: [${command.words.join(" ")}]`);
  if (heredocWord(line) === undefined) {
    // The shell itself reads them.
    const bodies = files.map(({ name, content }) => `\n${content}${name}`);
    return { words: [line + bodies.join("")], file: undefined, summary: "" };
  }
  const content = first.chomp ? chompTabs(first.content) : first.content;
  const summary = ` (${summarize(first.content)})`;
  if (!content.startsWith("#!")) return { words: [content], file: undefined, summary };
  const target = `${scriptDirectory}/${first.name}`;
  return { words: [target], file: { kind: "inline", target, content, mode: 0o755 }, summary };
}

function summarize(content: string): string {
  const lines = trimSpace(content).replaceAll("\r\n", "\n").split("\n");
  return `${lines[0] ?? ""}${lines.length > 1 ? "..." : ""}`;
}

function environmentOf(state: StageState, mounts: readonly RunMount[]): readonly string[] {
  state.environment ??= Array.from(state.variables, ([name, value]) => `${name}=${value}`);
  const env = state.environment;
  const agent = mounts.find((mount) => mount.kind === "ssh");
  return agent === undefined ? env : [...env, `SSH_AUTH_SOCK=${agent.target}`];
}

/** `|2 a=1 b=2`: the ARGs that are in force, in the order of their first declaration. */
function shownArgs(state: StageState): readonly string[] {
  const { declared, variables } = state;
  if (declared.size === 0) return [];
  const shown = [`|${declared.size}`];
  for (const [name, value] of declared) shown.push(`${name}=${variables.get(name) ?? value ?? ""}`);
  return shown;
}
