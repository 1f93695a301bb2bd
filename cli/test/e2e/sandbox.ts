import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadBase } from "test-images";

const command = join(import.meta.dirname, "..", "..", "bin", "tsbuild.cjs");

/** What a finished command left: exit code and everything it printed. */
export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One file of a context: text, bytes, or something with a mode or a link target. */
export type ContextFile =
  | string
  | Buffer
  | { readonly text: string; readonly mode: number }
  | { readonly link: string };

export interface RunningCommand {
  readonly pid: number;
  readonly finished: Promise<Finished>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when standard error has shown this text. */
  shows(text: string): Promise<void>;
}

/** A temporary directory with a store of its own, gone when the test ends. */
export interface Sandbox extends AsyncDisposable {
  readonly directory: string;
  readonly store: string;
  path(...parts: string[]): string;
  /** Writes a context directory and returns its path. */
  context(files: Readonly<Record<string, ContextFile>>): string;
  /** Runs tsbuild on this sandbox's store to its end. */
  tsbuild(args: readonly string[], options?: RunOptions): Promise<Finished>;
  start(args: readonly string[], options?: RunOptions): RunningCommand;
  /** Starts any program. */
  spawn(program: string, args: readonly string[], options?: RunOptions): RunningCommand;
  /** Runs any program; throws what it printed when it fails. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<string>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly store?: string;
  readonly input?: string | Buffer;
  /** A program with its arguments that starts tsbuild, as `setpriv --no-new-privs` does. */
  readonly prefix?: readonly string[];
}

/** Builds of ordinary users belong to subordinate ids: what removes them must enter the user namespace too. */
export async function makeSandbox({
  base = "busybox",
}: {
  base?: "busybox" | "none";
} = {}): Promise<Sandbox> {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-e2e-"));
  chmodSync(directory, 0o755);
  const store = join(directory, "store");
  let contexts = 0;
  const sandbox: Sandbox = {
    directory,
    store,
    path: (...parts) => join(directory, ...parts),
    context: (files) => {
      const root = join(directory, `context-${contexts++}`);
      mkdirSync(root);
      for (const [name, file] of Object.entries(files)) writeContextFile(join(root, name), file);
      return root;
    },
    start: (args, options = {}) => {
      const words = [...(options.prefix ?? []), process.execPath, command, ...args];
      const env = { TSBUILD_ROOT: options.store ?? store, ...options.env };
      return start(words[0] as string, words.slice(1), { ...options, env });
    },
    spawn: (program, args, options = {}) => start(program, args, options),
    tsbuild: (args, options) => sandbox.start(args, options).finished,
    run: async (program, args, options) => {
      const result = await start(program, args, options ?? {}).finished;
      if (result.code !== 0)
        throw new Error(
          `${program} ${args.join(" ")} exited with ${result.code}: ${result.stderr}${result.stdout}`,
        );
      return result.stdout;
    },
    [Symbol.asyncDispose]: async () => {
      if (process.getuid?.() !== 0) await sandbox.tsbuild(["unshare", "rm", "-rf", directory]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
  if (base === "busybox") await loadBase(store, "busybox");
  return sandbox;
}

function writeContextFile(path: string, file: ContextFile): void {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof file === "string" || Buffer.isBuffer(file)) writeFileSync(path, file);
  else if ("link" in file) symlinkSync(file.link, path);
  else {
    writeFileSync(path, file.text);
    chmodSync(path, file.mode);
  }
}

function start(program: string, args: readonly string[], { env, cwd, input }: RunOptions): RunningCommand {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  child.stdin?.end(input);
  const chunks: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
  const waiting = new Set<() => void>();
  child.stdout?.on("data", (chunk: Buffer) => chunks.stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => {
    chunks.stderr.push(chunk);
    for (const check of waiting) check();
  });
  const text = (): string => Buffer.concat(chunks.stderr).toString();
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({ code, signal, stdout: Buffer.concat(chunks.stdout).toString(), stderr: text() }),
    );
  });
  return {
    pid: child.pid ?? 0,
    finished,
    kill: (signal) => void child.kill(signal),
    shows: (wanted) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (!text().includes(wanted)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
        void finished.then(() => reject(new Error(`ended without showing ${wanted}:\n${text()}`)));
      }),
  };
}
