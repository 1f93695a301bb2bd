import { readFileSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { BuildEvent, BuildRequest, BuildResult, PullPolicy } from "@tsbuild/builder";
import type { ParsedOptions } from "../options/args.ts";
import { type BuildOptions, buildFrom } from "../build.ts";
import { buildOptions, laterOptions, parseAttributes, parsePairs } from "../options/build-options.ts";
import { type Command, defineCommand, type globalOptions } from "../command.ts";
import { cliError } from "../errors.ts";
import { exportRequests } from "../options/export-requests.ts";
import { canonicalName } from "../images/local-image.ts";
import { registryOptions } from "../images/registry-access.ts";
import { runtimeName, snapshotterName } from "../options/runner-choice.ts";
import { readRunOptions } from "../options/run-options.ts";
import { chooseScreen, progressMode } from "../screens/choose.ts";
import { excerptOf } from "../screens/excerpt.ts";
import { createFailureReport } from "../screens/failure.ts";
import { holdUntilClosed } from "../screens/held.ts";
import { summaryOf } from "../screens/summary.ts";
import { vertexWarning } from "../screens/vertex-warning.ts";
import { createWarningList, type WarningList } from "../screens/warnings.ts";
import { openSources } from "../sources/sources.ts";
import { parseSsh } from "../ssh/agents.ts";
import { storeRoot } from "../store-root.ts";
import type { Terminal } from "../terminal.ts";
import { ensureRights, lacksRights } from "../user-namespace.ts";
import { answer, type Asked, questionOf } from "./call.ts";

const options = { ...buildOptions, ...registryOptions };
type Options = ParsedOptions<typeof options & typeof globalOptions>;

export const buildCommand: Command = defineCommand({
  name: "build",
  usage: "[OPTIONS] CONTEXT",
  summary: "Build an image from a Dockerfile",
  options,
  parsing: { later: laterOptions },
  run: async ({ options: given, positional }, terminal) => {
    const question = questionOf(given);
    const chosen = libraryOptions(contextArgument(positional), given, terminal);
    // What was received stays until everything is over.
    await using sources = await openSources(chosen, {
      ...terminal,
      say: (message) => terminal.err(`NOTICE: ${message}\n`),
    });
    const asked = { options: chosen, sources };
    return await (question ? answer(question, asked, terminal) : showBuild(asked, given, terminal));
  },
});

/** The one positional argument. @throws USAGE */
function contextArgument(positional: readonly string[]): string {
  const [context, ...more] = positional;
  if (context === undefined || more.length > 0)
    throw cliError("USAGE", `build needs one context, not ${positional.length}`, {
      hint: "write tsbuild -t NAME .",
    });
  return context;
}

/** Context and Dockerfile as the library takes them: `-` is standard input, for one of them. @throws USAGE */
function sourcesOf(
  context: string,
  file: string | undefined,
  terminal: Terminal,
): Pick<BuildOptions, "context" | "dockerfile"> {
  if (context === "-" && file === "-")
    throw cliError("USAGE", "can't use stdin for both build context and dockerfile", {
      hint: "name one of them by its path",
    });
  return {
    context: context === "-" ? terminal.stdin() : context,
    ...(file === undefined ? {} : { dockerfile: file === "-" ? terminal.stdin() : file }),
  };
}

/** What the command line says, as the library takes it. */
function libraryOptions(context: string, given: Options, terminal: Terminal): BuildOptions {
  const { env, cwd } = terminal;
  const outputs = exportRequests({
    outputs: given.output,
    names: given.tag.map(canonicalName),
    push: given.push === true,
    load: given.load === true,
    cwd,
    isOutTty: terminal.isOutTty,
    canonical: canonicalName,
  });
  const readsTrees = outputs.some(({ kind }) => kind === "local" || kind === "tar" || kind === "bundle");
  // Trees belong to ids that only the user namespace may read.
  if (readsTrees) ensureRights(given.root, terminal);
  return {
    ...sourcesOf(context, given.file, terminal),
    ...(given["context-sub-path"] === undefined ? {} : { contextSubPath: given["context-sub-path"] }),
    tags: given.tag,
    outputs,
    namedContexts: parsePairs("--build-context", given["build-context"], {}),
    buildArgs: buildArguments(given["build-arg"], env),
    labels: parsePairs("--label", given.label, env),
    ...(given.target === undefined ? {} : { target: given.target }),
    ...(given.platform === undefined ? {} : { platform: given.platform }),
    noCache: given["no-cache"] === true,
    noCacheFilter: given["no-cache-filter"].flatMap((names) => names.split(",")),
    pull: pullPolicy(given.pull),
    ...readRunOptions(given),
    ...(given.jobs === undefined ? {} : { jobs: wholeNumber("--jobs", given.jobs) }),
    reproducible: given.reproducible === true,
    secrets: secretsOf(given.secret, terminal),
    ssh: parseSsh(given.ssh),
    signal: terminal.signal,
    storeRoot: storeRoot(given.root, terminal),
    ...(given.runtime === undefined ? {} : { runtime: runtimeName(given.runtime) }),
    ...(given.snapshotter === undefined ? {} : { snapshotter: snapshotterName(given.snapshotter) }),
    insecureRegistries: given["insecure-registry"],
    trustedHosts: given["trusted-host"],
    caCertificates: given["ca-cert"],
    env,
    beforeWork: async () => ensureRights(given.root, terminal),
  };
}

/** The build arguments. As buildx: SOURCE_DATE_EPOCH of the environment is one of them. */
function buildArguments(pairs: readonly string[], env: Terminal["env"]): Record<string, string> {
  const epoch = env["SOURCE_DATE_EPOCH"] ?? "";
  const given = parsePairs("--build-arg", pairs, env);
  return epoch === "" ? given : { SOURCE_DATE_EPOCH: epoch, ...given };
}

function wholeNumber(what: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw cliError("USAGE", `${what} ${JSON.stringify(text)} is no whole number`, {
    hint: "write digits only",
  });
}

function pullPolicy(text: string | undefined): PullPolicy {
  switch (text) {
    case undefined:
    case "missing":
    case "false":
      return "missing";
    case "always":
    case "true":
      return "always";
    case "never":
      return "never";
    default:
      throw cliError("USAGE", `--pull=${text} is no policy`, { hint: "there are always, missing, never" });
  }
}

/** `id=ID[,src=PATH|,env=NAME]`: a file (by default named like the id) or a variable. */
function secretsOf(texts: readonly string[], { env, cwd }: Terminal): NonNullable<BuildOptions["secrets"]> {
  const secrets: Record<string, () => Uint8Array> = {};
  for (const text of texts) {
    const attributes = parseAttributes("--secret", text);
    const variable = attributes.get("env");
    const path = attributes.get("src") ?? attributes.get("source");
    const id = attributes.get("id") ?? path ?? variable;
    if (id === undefined)
      throw cliError("USAGE", `--secret ${text} has no id`, { hint: "write --secret id=NAME,src=PATH" });
    const fromVariable = variable ?? (path === undefined && env[id] !== undefined ? id : undefined);
    secrets[id] =
      fromVariable === undefined
        ? secretFile(resolve(cwd, path ?? id), text)
        : () => Buffer.from(env[fromVariable] ?? "");
  }
  return secrets;
}

/** Looked at before the build starts, read when a RUN asks for it. @throws USAGE */
function secretFile(path: string, option: string): () => Uint8Array {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw cliError("USAGE", `--secret ${option}: there is no file ${path}`, {
      hint: "write --secret id=NAME,src=FILE, or env=VARIABLE for an environment variable",
    });
  return () => readFileSync(path);
}

/** Shows the events until the build is over, then its summary, or why it failed. */
async function showBuild({ options, sources }: Asked, given: Options, terminal: Terminal): Promise<number> {
  const quiet = given.quiet === true;
  const mode = quiet ? "quiet" : progressMode(given.progress, terminal.env);
  const chosen = chooseScreen(mode, terminal);
  const screen = lacksRights(terminal) ? holdUntilClosed(chosen) : chosen;
  const failure = createFailureReport();
  const warnings = createWarningList(sources.dockerfile);
  const isText = !quiet && mode !== "quiet" && mode !== "rawjson";
  const tellWarnings = (): void => {
    if (isText) terminal.err(warnings.text(given.debug === true ? "expanded" : "short"));
  };
  const exported: (BuildEvent & { kind: "exported" })[] = [];
  try {
    const run = buildFrom(options, sources);
    for await (const event of run) {
      failure.observe(event);
      warnings.observe(event);
      if (event.kind === "exported") exported.push(event);
      screen.show(event);
    }
    const result = await run.result;
    await screen.close();
    tellWarnings();
    const found = metadataWarnings(warnings, sources.dockerfile, terminal.env);
    writeResults({ ...result, metadata: { ...result.metadata, ...found } }, given, terminal);
    if (quiet) terminal.out(`${result.imageId}\n`);
    else if (mode !== "rawjson") terminal.err(summaryOf(result, exported));
    return 0;
  } catch (error) {
    await screen.close();
    tellWarnings();
    if (!terminal.signal.aborted) terminal.err(failure.text() + excerptOf(error, sources.dockerfile));
    throw error;
  }
}

/** Like buildx, only when it is asked for. */
function metadataWarnings(
  warnings: WarningList,
  dockerfile: BuildRequest["dockerfile"],
  env: Terminal["env"],
): Readonly<Record<string, unknown>> {
  const found = warnings.sorted().map((warning) => vertexWarning(warning, dockerfile));
  const isWanted = /^(?:1|t|true)$/i.test(env["BUILDX_METADATA_WARNINGS"] ?? "");
  return isWanted && found.length > 0 ? { "buildx.build.warnings": found } : {};
}

function writeResults(result: BuildResult, given: Options, { cwd }: Terminal): void {
  if (given.iidfile !== undefined) writeResult("--iidfile", resolve(cwd, given.iidfile), result.imageId);
  const metadata = given["metadata-file"];
  if (metadata !== undefined)
    writeResult(
      "--metadata-file",
      resolve(cwd, metadata),
      `${JSON.stringify(result.metadata, undefined, 2)}\n`,
    );
}

function writeResult(option: string, path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw cliError("RESULT_UNWRITABLE", `the image is built, but ${option} cannot be written`, {
      cause,
      hint: "check that the directory exists and may be written",
    });
  }
}
