import { readFileSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { BuildEvent, BuildRequest, BuildResult, PullPolicy } from "@tsbuild/builder";
import type { ParsedOptions } from "../args.ts";
import { type BuildOptions, build } from "../build.ts";
import { buildOptions, laterOptions, parseAttributes, parsePairs } from "../build-options.ts";
import { type Command, defineCommand, type globalOptions } from "../command.ts";
import { readDockerfile, readDockerfileFrom } from "../dockerfile-source.ts";
import { cliError } from "../errors.ts";
import { exportRequests } from "../export-requests.ts";
import { canonicalName } from "../local-image.ts";
import { isReceived, receiveContext } from "../received-context.ts";
import { registryOptions } from "../registry-access.ts";
import { runtimeName, snapshotterName } from "../runner-choice.ts";
import { chooseScreen, progressMode } from "../screens/choose.ts";
import { excerptOf } from "../screens/excerpt.ts";
import { createFailureReport } from "../screens/failure.ts";
import { holdUntilClosed } from "../screens/held.ts";
import { summaryOf } from "../screens/summary.ts";
import { createWarningList } from "../screens/warnings.ts";
import { parseSsh } from "../ssh/agents.ts";
import { storeRoot } from "../store-root.ts";
import type { Terminal } from "../terminal.ts";
import { ensureRights, lacksRights } from "../user-namespace.ts";
import { answer, questionOf } from "./call.ts";

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
    // What was received stays until everything is over.
    await using received = new AsyncDisposableStack();
    const context = contextArgument(positional);
    const sources = isReceived(context, terminal.cwd)
      ? async () => received.use(await receiveContext(context, given, terminal))
      : localSources(contextDirectory(context, terminal), given.file, terminal);
    const chosen = await libraryOptions(given, sources, terminal);
    return await (question ? answer(question, chosen, terminal) : showBuild(chosen, given, terminal));
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

/** @throws CONTEXT_MISSING */
function contextDirectory(context: string, terminal: Terminal): string {
  const directory = resolve(terminal.cwd, context);
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    throw cliError("CONTEXT_MISSING", `the context ${context} is not a directory`, {
      hint: "name the directory to build from",
    });
  return directory;
}

/** The command reads the Dockerfile itself: it shows parts of it when something is wrong. */
type CommandOptions = BuildOptions & { readonly dockerfile: BuildRequest["dockerfile"] };

type Sources = () => Promise<Pick<CommandOptions, "context" | "dockerfile">>;

function localSources(context: string, file: string | undefined, terminal: Terminal): Sources {
  return async () => {
    if (file === "-") return { context, dockerfile: await readDockerfileFrom(terminal) };
    const path = file === undefined ? undefined : resolve(terminal.cwd, file);
    return { context, dockerfile: readDockerfile(path, context) };
  };
}

/** What the command line says, as the library takes it. */
async function libraryOptions(given: Options, sources: Sources, terminal: Terminal): Promise<CommandOptions> {
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
  // Standard input can be read once only, and trees belong to ids that only the user namespace may read.
  if (given.file === "-" || readsTrees) ensureRights(given.root, terminal);
  const epoch = epochOf(env);
  const { context, dockerfile } = await sources();
  return {
    context,
    dockerfile,
    tags: given.tag,
    outputs,
    namedContexts: parsePairs("--build-context", given["build-context"], {}),
    buildArgs: parsePairs("--build-arg", given["build-arg"], env),
    labels: parsePairs("--label", given.label, env),
    ...(given.target === undefined ? {} : { target: given.target }),
    ...(given.platform === undefined ? {} : { platform: given.platform }),
    noCache: given["no-cache"] === true,
    noCacheFilter: given["no-cache-filter"].flatMap((names) => names.split(",")),
    pull: pullPolicy(given.pull),
    network: networkMode(given.network),
    ...(given.jobs === undefined ? {} : { jobs: wholeNumber("--jobs", given.jobs) }),
    ...(epoch === undefined ? {} : { epoch }),
    reproducible: given.reproducible === true,
    addHosts: given["add-host"].map(extraHost),
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

/** @throws USAGE when SOURCE_DATE_EPOCH is no number of seconds. */
function epochOf(env: Terminal["env"]): number | undefined {
  const text = env["SOURCE_DATE_EPOCH"];
  return text === undefined || text === "" ? undefined : wholeNumber("SOURCE_DATE_EPOCH", text);
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

function networkMode(text: string | undefined): "default" | "host" | "none" {
  if (text === undefined || text === "default") return "default";
  if (text === "host" || text === "none") return text;
  throw cliError("USAGE", `--network ${text} is not built yet`, { hint: "there are host and none" });
}

/** `HOST:IP`, `HOST=IP`; an IPv6 address may stand in brackets. */
function extraHost(text: string): { readonly host: string; readonly address: string } {
  const [, host, address] = /^([^:=]+)[:=]\[?([0-9a-fA-F.:]+)\]?$/.exec(text) ?? [];
  if (host === undefined || address === undefined)
    throw cliError("USAGE", `--add-host ${text} is no host and address`, {
      hint: "write --add-host HOST:IP",
    });
  return { host, address };
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
async function showBuild(options: CommandOptions, given: Options, terminal: Terminal): Promise<number> {
  const quiet = given.quiet === true;
  const mode = quiet ? "quiet" : progressMode(given.progress, terminal.env);
  const chosen = chooseScreen(mode, terminal);
  const screen = lacksRights(terminal) ? holdUntilClosed(chosen) : chosen;
  const failure = createFailureReport();
  const warnings = createWarningList(options.dockerfile);
  const isText = !quiet && mode !== "quiet" && mode !== "rawjson";
  const tellWarnings = (): void => {
    if (isText) terminal.err(warnings.text(given.debug === true ? "expanded" : "short"));
  };
  const exported: (BuildEvent & { kind: "exported" })[] = [];
  try {
    const run = build(options);
    for await (const event of run) {
      failure.observe(event);
      warnings.observe(event);
      if (event.kind === "exported") exported.push(event);
      screen.show(event);
    }
    const result = await run.result;
    await screen.close();
    tellWarnings();
    writeResults(result, given, terminal);
    if (quiet) terminal.out(`${result.imageId}\n`);
    else if (mode !== "rawjson") terminal.err(summaryOf(result, exported));
    return 0;
  } catch (error) {
    await screen.close();
    tellWarnings();
    if (!terminal.signal.aborted) terminal.err(failure.text() + excerptOf(error, options.dockerfile));
    throw error;
  }
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
