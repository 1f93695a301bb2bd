import { createHash } from "node:crypto";
import { fsyncSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { writeFully } from "./durable.ts";
import {
  lengthOf,
  openWriteRing,
  putMessage,
  ringEnd,
  ringState,
  ringWord,
  slabOf,
  type WriteRing,
} from "./write-ring.ts";

/** What threaded-file.ts gives this thread. */
export interface WriteThreadData {
  readonly shared: SharedArrayBuffer;
  readonly fd: number;
}

/** The writing half of threaded-file.ts: hashes and writes what comes through the ring, and makes it durable at the end. */
const { shared, fd }: WriteThreadData = workerData;
const ring = openWriteRing(shared);
end(attempt(() => writeAll(ring, fd)));

type Outcome = { readonly digest: string } | { readonly error: object };

function attempt(act: () => string): Outcome {
  try {
    return { digest: act() };
  } catch (error) {
    const { message, code, syscall } = error as NodeJS.ErrnoException;
    return { error: { message, code, syscall } };
  }
}

function end(outcome: Outcome): void {
  const isDone = "digest" in outcome;
  putMessage(ring, isDone ? outcome.digest : JSON.stringify(outcome.error));
  Atomics.store(ring.words, ringWord.state, isDone ? ringState.finished : ringState.failed);
  // Whoever waits for a slab or for the end waits for this word.
  Atomics.add(ring.words, ringWord.emptied, 1);
  Atomics.notify(ring.words, ringWord.emptied);
}

/** The digest in hex; empty when it was abandoned. */
function writeAll(from: WriteRing, file: number): string {
  const hash = createHash("sha256");
  let position = 0;
  for (let chunk = 0; ; chunk++) {
    Atomics.wait(from.words, ringWord.filled, chunk);
    const length = lengthOf(from, chunk);
    if (length === ringEnd.abandon) return "";
    if (length === ringEnd.finish) break;
    const bytes = slabOf(from, chunk).subarray(0, length);
    hash.update(bytes);
    writeFully(file, bytes, position);
    position += length;
    Atomics.add(from.words, ringWord.emptied, 1);
    Atomics.notify(from.words, ringWord.emptied);
  }
  fsyncSync(file);
  return hash.digest("hex");
}
