import { readSync } from "node:fs";
import { blockBytes } from "./limits.ts";

/** Large enough that a write costs nothing beside copying, small enough for the memory bound of a build. */
const slabBytes = 4 * 1024 * 1024;

/** Collects a stream of bytes and passes it on in large chunks, which are valid only during the call. */
export class Slab {
  readonly bytes: Buffer = Buffer.allocUnsafeSlow(slabBytes);
  readonly #sink: (chunk: Uint8Array) => void;
  #used = 0;
  #flushed = 0;

  constructor(sink: (chunk: Uint8Array) => void) {
    this.#sink = sink;
  }

  /** Bytes taken so far. */
  get offset(): number {
    return this.#flushed + this.#used;
  }

  /** Room for one block, whose content is the caller's to write: the index of its first byte. */
  takeBlock(): number {
    if (this.#used + blockBytes > slabBytes) this.flush();
    const at = this.#used;
    this.#used += blockBytes;
    return at;
  }

  append(chunk: Uint8Array): void {
    if (this.#used + chunk.length > slabBytes) this.flush();
    if (chunk.length > slabBytes) this.#passOn(chunk);
    else {
      this.bytes.set(chunk, this.#used);
      this.#used += chunk.length;
    }
  }

  /** Reads from a file straight into the slab; the bytes read, or undefined at its end. */
  appendFrom(fd: number, position: number, maxBytes: number): Uint8Array | undefined {
    if (this.#used === slabBytes) this.flush();
    const at = this.#used;
    const count = readSync(fd, this.bytes, at, Math.min(maxBytes, slabBytes - at), position);
    if (count === 0) return undefined;
    this.#used += count;
    return this.bytes.subarray(at, at + count);
  }

  /** Zeros up to the next block. */
  pad(): void {
    const rest = this.offset % blockBytes;
    if (rest === 0) return;
    const missing = blockBytes - rest;
    if (this.#used + missing > slabBytes) this.flush();
    this.bytes.fill(0, this.#used, this.#used + missing);
    this.#used += missing;
  }

  flush(): void {
    if (this.#used > 0) this.#sink(this.bytes.subarray(0, this.#used));
    this.#flushed += this.#used;
    this.#used = 0;
  }

  #passOn(chunk: Uint8Array): void {
    this.#sink(chunk);
    this.#flushed += chunk.length;
  }
}
