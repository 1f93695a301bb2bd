import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { pipeline } from "node:stream/promises";
import { layersError } from "../errors.ts";
import { corrupt, tooMuchMemory } from "./inflate.ts";

/** Where Node has no decompressor of its own: the host's program, never one from an image. */
interface Program {
  readonly kind: "bzip2" | "xz";
  readonly arguments: readonly string[];
  readonly debianPackage: string;
}

/** xz -9 needs 65 MiB; a header may ask for 4 GiB. xz names the limit in its message, whatever the language. */
const xzMemory = { argument: "256MiB", shown: "256 MiB" } as const;

const programs: Readonly<Record<Program["kind"], Program>> = {
  bzip2: { kind: "bzip2", arguments: ["-dc"], debianPackage: "bzip2" },
  xz: {
    kind: "xz",
    arguments: ["-dc", "--format=xz", `--memlimit-decompress=${xzMemory.argument}`],
    debianPackage: "xz-utils",
  },
};

const messageBytes = 4096;

/** Streams through the host's bzip2 or xz. @throws COMPRESSION_UNKNOWN when it is not installed, COMPRESSION_CORRUPT, COMPRESSION_MEMORY */
export async function* throughHostProgram(
  source: AsyncIterable<Uint8Array>,
  kind: Program["kind"],
): AsyncGenerator<Uint8Array, void, undefined> {
  const program = programs[kind];
  const child = start(program);
  const ended = endOf(child, program);
  ended.catch(() => {});
  const feeding = feed(source, child);
  feeding.catch(() => {});
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    await ended;
    await feeding;
  } catch (error) {
    // Why the input failed explains why the program did.
    await feeding;
    throw error;
  } finally {
    child.kill("SIGKILL");
    await feeding.catch(() => {});
  }
}

function start(program: Program): ChildProcessWithoutNullStreams {
  const { spawn } = process.getBuiltinModule("node:child_process");
  // The working directory may be a build context: nothing there may be found through a relative PATH.
  return spawn(program.kind, program.arguments, { cwd: "/", stdio: "pipe" });
}

async function feed(source: AsyncIterable<Uint8Array>, child: ChildProcessWithoutNullStreams): Promise<void> {
  try {
    await pipeline(source, child.stdin);
  } catch (error) {
    if (!isClosedPipe(error)) throw error;
    // The program has stopped reading; its exit code says why.
  }
}

function isClosedPipe(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EPIPE" || code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE";
}

function endOf(child: ChildProcessWithoutNullStreams, program: Program): Promise<void> {
  let message = "";
  child.stderr.on("data", (chunk: Buffer) => {
    if (message.length < messageBytes) message += chunk.toString("utf8", 0, messageBytes);
  });
  return new Promise((resolve, reject) => {
    child.on("error", (cause) => reject(unusable(program, cause)));
    child.on("close", (code) => {
      // A warning is about bytes behind the end, which other readers would see.
      if (code === 0 && message === "") resolve();
      else if (program.kind === "xz" && message.includes(xzMemory.shown))
        reject(tooMuchMemory("xz", xzMemory.shown));
      else reject(corrupt(program.kind, message.trim() || `${program.kind} ended with ${code}`));
    });
  });
}

function unusable(program: Program, cause: Error): Error {
  return layersError(
    "COMPRESSION_UNKNOWN",
    `${program.kind} data needs the program ${program.kind}, which is not there`,
    {
      hint: `apt-get install ${program.debianPackage}`,
      cause,
    },
  );
}
