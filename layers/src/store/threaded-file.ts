import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../digest.ts";
import { startWriteback } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import type { FillingFile } from "./blob-writer.ts";
import {
  createWriteRing,
  isFull,
  messageIn,
  passOn,
  ringEnd,
  ringState,
  ringWord,
  slabBytes,
  slabOf,
  type WriteRing,
} from "./write-ring.ts";
import type { WriteThreadData } from "./write-thread.ts";

/** A disk that takes longer than this for one slab is as good as gone. */
const patienceMs = 120_000;

/** The disk is kept busy from early on: the kernel alone would leave it all to the fsync at the end. */
const slabsPerWriteback = 16;

/** Hashing and writing on a thread of its own: what fills the file goes on meanwhile. The thread takes some 40 ms to start. */
export function threadedFile(
  file: Pick<FillingFile, "path" | "close"> & { readonly fd: number },
): FillingFile {
  const ring = createWriteRing();
  startThread({ shared: ring.shared, fd: file.fd });
  let hasEnded = false;
  let writebackSlabs = 0;
  const end = (how: keyof typeof ringEnd): void => {
    if (hasEnded) return;
    hasEnded = true;
    waitWhileFull(ring);
    if (stateOf(ring) === ringState.running) passOn(ring, ringEnd[how]);
  };
  return {
    path: file.path,
    size: 0,
    leftover: "remove",
    room() {
      waitForRoom(ring);
      return slabOf(ring, filled(ring));
    },
    write(chunk) {
      for (let done = 0; done < chunk.length; ) done += writeSome(ring, chunk.subarray(done));
      const written = Atomics.load(ring.words, ringWord.emptied);
      if (written - writebackSlabs < slabsPerWriteback) return;
      startWriteback(file.fd, writebackSlabs * slabBytes, (written - writebackSlabs) * slabBytes);
      writebackSlabs = written;
    },
    async end() {
      end("finish");
      while (stateOf(ring) === ringState.running) await waitAsync(ring);
    },
    finish() {
      end("finish");
      while (stateOf(ring) === ringState.running) wait(ring);
      if (stateOf(ring) === ringState.failed) throw failure(ring);
      return `sha256:${messageIn(ring)}` as Digest;
    },
    // The thread has done it at its end.
    sync() {},
    close() {
      end("abandon");
      while (stateOf(ring) === ringState.running) wait(ring);
      file.close();
    },
  };
}

function startThread(workerData: WriteThreadData): void {
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  new Worker(threadPath(), { workerData });
}

/** Beside the bundle, else the source. */
function threadPath(): string {
  const bundled = join(import.meta.dirname, "write-thread.cjs");
  return existsSync(bundled) ? bundled : join(import.meta.dirname, "write-thread.ts");
}

/** As much as one slab takes; nothing is copied when it lies in the slab already. */
function writeSome(ring: WriteRing, chunk: Uint8Array): number {
  waitForRoom(ring);
  const slab = slabOf(ring, filled(ring));
  const isInPlace = chunk.buffer === slab.buffer && chunk.byteOffset === slab.byteOffset;
  const length = Math.min(chunk.length, slabBytes);
  if (!isInPlace) slab.set(chunk.subarray(0, length));
  passOn(ring, length);
  return length;
}

function filled({ words }: WriteRing): number {
  return words[ringWord.filled] as number;
}

function stateOf({ words }: WriteRing): number {
  return Atomics.load(words, ringWord.state);
}

/** @throws what the thread failed with */
function waitForRoom(ring: WriteRing): void {
  waitWhileFull(ring);
  if (stateOf(ring) === ringState.failed) throw failure(ring);
}

function waitWhileFull(ring: WriteRing): void {
  while (isFull(ring) && stateOf(ring) === ringState.running) wait(ring);
}

function wait({ words }: WriteRing): void {
  const seen = Atomics.load(words, ringWord.emptied);
  if (words[ringWord.state] !== ringState.running) return;
  if (Atomics.wait(words, ringWord.emptied, seen, patienceMs) === "timed-out") throw stuck();
}

async function waitAsync({ words }: WriteRing): Promise<void> {
  const seen = Atomics.load(words, ringWord.emptied);
  if (words[ringWord.state] !== ringState.running) return;
  const { async, value } = Atomics.waitAsync(words, ringWord.emptied, seen, patienceMs);
  if ((async ? await value : value) === "timed-out") throw stuck();
}

/** The error of node:fs, as it would have been thrown here. */
function failure(ring: WriteRing): Error {
  const { message, ...rest } = JSON.parse(messageIn(ring)) as NodeJS.ErrnoException;
  return Object.assign(new Error(message), rest);
}

function stuck(): Error {
  return layersError("STORE_IO", `the disk of the store took nothing for ${patienceMs / 1000} seconds`, {
    hint: "check the disk",
  });
}
