import { type SourceLocation, TsbuildError } from "@tsbuild/runner-native";
import type { Command } from "./command.ts";
import { helpOf } from "./command.ts";
import { commands } from "./commands/index.ts";
import { cliError } from "./errors.ts";
import { nearest } from "./options/suggest.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

/** A second Ctrl-C, or this long after the first, ends the process whatever it is doing. */
const cancelGraceMs = 1_800;
/** Signals closer together are one: a terminal tells every process of the command, and the launcher passes on what it got. */
const sameSignalMs = 250;
const cancelledExitCode = 130;

/** Runs one command line and resolves to its exit code. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    if (terminal.signal.aborted) {
      terminal.err("ERROR: cancelled\n");
      return cancelledExitCode;
    }
    terminal.err(describe(error));
    return error instanceof TsbuildError ? error.exitCode : 5;
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<number> {
  const { shared, words } = takeLeadingRoot(args);
  const [first, ...rest] = words;
  if (first === undefined || first === "help" || first === "--help" || first === "-h") {
    const [topic] = first === "help" ? rest : [];
    terminal.out(topic === undefined ? overview() : helpOf(find(topic) ?? unknownCommand(topic)));
    return first === undefined ? 2 : 0;
  }
  const command = find(first === "--version" ? "version" : first);
  if (command) return command.run([...shared, ...rest], terminal);
  // `tsbuild -t app .` is `tsbuild build -t app .`
  const build = find("build");
  if (build && (first.startsWith("-") || looksLikeContext(first))) return build.run(args, terminal);
  return unknownCommand(first);
}

function unknownCommand(word: string): never {
  const guess = nearest(
    word,
    commands.map(({ name }) => name),
  );
  throw cliError("USAGE", `unknown command ${JSON.stringify(word)}`, {
    hint: guess ? `did you mean tsbuild ${guess}?` : "tsbuild --help lists the commands",
  });
}

/** `--root DIR` belongs to every command and may stand before its name, where docker has such options. */
function takeLeadingRoot(args: readonly string[]): { shared: readonly string[]; words: readonly string[] } {
  const [first = ""] = args;
  const length = first === "--root" ? 2 : first.startsWith("--root=") ? 1 : 0;
  return { shared: args.slice(0, length), words: args.slice(length) };
}

function find(name: string | undefined): Command | undefined {
  return commands.find((command) => command.name === name);
}

/** A bare word is a command; a context is written as a path or a URL. */
function looksLikeContext(word: string): boolean {
  return /^[./~]|[/:]/.test(word);
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 3;
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}\n`).join("");
  return (
    "Usage: tsbuild [build] [OPTIONS] CONTEXT\n       tsbuild COMMAND\n\n" +
    `Builds OCI images from Dockerfiles in one process, without a daemon and without root.\n\nCommands:\n${lines}\n` +
    "tsbuild COMMAND --help shows the options of a command.\n"
  );
}

/** What a person reads last: the sentence, what caused it, what to do. A stack only for what we did not foresee. */
function describe(error: unknown): string {
  if (!(error instanceof TsbuildError))
    return `ERROR: internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause)
    if (!saysAlready(error.message, cause)) causes.push(`: ${cause.message}`);
  const where = error.location ? `${placeOf(error.location)}: ` : "";
  const hint = error.hint === undefined ? "" : `HINT: ${error.hint}\n`;
  return `ERROR: ${where}${error.message}${causes.join("")}\n${hint}`;
}

/** The column where a word is meant and not the whole line. */
function placeOf({ file, line, column, endColumn = column }: SourceLocation): string {
  return endColumn > column ? `${file}:${line}:${column}` : `${file}:${line}`;
}

/** `cannot write x: ENOENT` needs no second ENOENT behind it. */
function saysAlready(message: string, cause: Error): boolean {
  const { code } = cause as NodeJS.ErrnoException;
  return message.includes(cause.message) || (code !== undefined && message.endsWith(`: ${code}`));
}

/** The entry of the command: signals become one abort signal, the exit code that of the command. */
export async function start(): Promise<void> {
  const abort = new AbortController();
  let firstMs: number | undefined;
  const cancel = (): void => {
    if (firstMs !== undefined && performance.now() - firstMs < sameSignalMs) return;
    if (abort.signal.aborted) process.exit(cancelledExitCode);
    firstMs = performance.now();
    abort.abort(new Error("cancelled"));
    setTimeout(() => process.exit(cancelledExitCode), cancelGraceMs).unref();
  };
  process.on("SIGINT", cancel);
  process.on("SIGTERM", cancel);
  process.on("SIGHUP", cancel);
  // A reader that went away (`tsbuild images | head -1`) is no failure of ours.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 5));
  process.exitCode = await main(process.argv.slice(2), processTerminal(abort.signal));
}
