import { readSync } from "node:fs";
import { blockBytes } from "./limits.ts";

/** Large enough that a write costs nothing beside copying, small enough to stay in cache. */
const slabBytes = 1024 * 1024;

/** Takes large chunks, each valid only during the call. */
export type ChunkSink = (chunk: Uint8Array) => void;

/** Collects a stream of bytes and passes it on in large chunks. */
export class Slab {
  /** The memory of the chunk that is being gathered: another one after each call that takes room. */
  bytes: Buffer;
  readonly #sink: ChunkSink;
  readonly #room: () => Buffer;
  #used = 0;
  #flushed = 0;

  /** `room` gives the memory of the next chunk: some blocks at least; by default it is always the same. */
  constructor(sink: ChunkSink, room: () => Buffer = ownMemory()) {
    this.#sink = sink;
    this.#room = room;
    this.bytes = room();
  }

  /** Bytes taken so far. */
  get offset(): number {
    return this.#flushed + this.#used;
  }

  /** Room for one block, whose content is the caller's to write: the index of its first byte. */
  takeBlock(): number {
    if (this.#used + blockBytes > this.bytes.length) this.flush();
    const at = this.#used;
    this.#used += blockBytes;
    return at;
  }

  append(chunk: Uint8Array): void {
    for (let done = 0; done < chunk.length; ) {
      if (this.#used === this.bytes.length) this.flush();
      const part = chunk.subarray(done, done + this.bytes.length - this.#used);
      this.bytes.set(part, this.#used);
      this.#used += part.length;
      done += part.length;
    }
  }

  /** Reads from a file straight into the slab; the bytes read, or undefined at its end. */
  appendFrom(fd: number, position: number, maxBytes: number): Uint8Array | undefined {
    if (this.#used === this.bytes.length) this.flush();
    const at = this.#used;
    const count = readSync(fd, this.bytes, at, Math.min(maxBytes, this.bytes.length - at), position);
    if (count === 0) return undefined;
    this.#used += count;
    return this.bytes.subarray(at, at + count);
  }

  /** Zeros up to the next block. */
  pad(): void {
    const rest = this.offset % blockBytes;
    if (rest === 0) return;
    const missing = blockBytes - rest;
    if (this.#used + missing > this.bytes.length) this.flush();
    this.bytes.fill(0, this.#used, this.#used + missing);
    this.#used += missing;
  }

  flush(): void {
    if (this.#used === 0) return;
    this.#sink(this.bytes.subarray(0, this.#used));
    this.#flushed += this.#used;
    this.#used = 0;
    this.bytes = this.#room();
  }
}

function ownMemory(): () => Buffer {
  const memory = Buffer.allocUnsafeSlow(slabBytes);
  return () => memory;
}
