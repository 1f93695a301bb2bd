import { layersError } from "../errors.ts";
import type { TarSink } from "./entry.ts";
import { readEntry } from "./entry-read.ts";
import { type Extension, type ExtensionFlag, extend, isExtension, noExtension } from "./extension.ts";
import { fields } from "./header.ts";
import { hasRightChecksum, isZeroBlock } from "./header-read.ts";
import { blockBytes, maxEntries, maxExtendedHeaderBytes } from "./limits.ts";
import { readNumber } from "./number.ts";
import { quoted, type Refuse } from "./refusal.ts";

export interface TarLimits {
  /** Refused beyond this many entries. */
  readonly maxEntries?: number;
}

/**
 * Reads a tar as it comes, synchronously. Strict: what two readers could take for different trees is refused, never guessed.
 * Says nothing about entries in relation to each other (a link to a name that is not there, a file below a file).
 */
export interface TarParser {
  /** @throws TAR_INVALID, TAR_ESCAPES, and whatever the sink throws; the parser is of no use afterwards. */
  write(chunk: Uint8Array): void;
  /** To be called at the end of the input. @throws TAR_INVALID when that lies within an entry. */
  finish(): void;
}

/** The sink gets chunks of content that are valid only during the call. */
export function createTarParser(sink: TarSink, limits: TarLimits = {}): TarParser {
  return new Parser(sink, limits);
}

/**
 * header: the next block is a header, or the first of zeros. content, extension: the bytes of a file, or of a header that says more
 * about the next entry. padding: what fills their last block. end: the next block is the second of zeros. done: it was.
 */
type State = "header" | "content" | "extension" | "padding" | "end" | "done";

class Parser implements TarParser {
  readonly #sink: TarSink;
  readonly #maxEntries: number;
  /** A header block of which only the beginning has come. */
  readonly #block: Buffer = Buffer.alloc(blockBytes);
  #blockUsed = 0;
  #state: State = "header";
  /** Bytes of content, extension or padding that are still to come. */
  #left = 0;
  #paddingAfter = 0;
  #body: Buffer = Buffer.alloc(0);
  #bodyFlag: ExtensionFlag = "x";
  #extension: Extension = noExtension;
  #entries = 0;
  /** The entry being read, counted from 1, and its name once that is known. */
  #number = 1;
  #name = "";
  /** Where in the archive the current chunk begins. */
  #chunkStart = 0;

  constructor(sink: TarSink, limits: TarLimits) {
    this.#sink = sink;
    this.#maxEntries = limits.maxEntries ?? maxEntries;
  }

  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    for (let at = 0; at < bytes.length; ) at += this.#take(bytes, at);
    this.#chunkStart += bytes.length;
  }

  finish(): void {
    if (this.#blockUsed > 0 || this.#left > 0) throw this.#refuse("the archive ends in the middle of it");
    this.#refuseDanglingExtension();
    this.#sink.end();
  }

  /** Consumes bytes from `at` on; returns how many, at least one. */
  #take(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case "header":
      case "end":
        return this.#takeBlock(bytes, at);
      case "done":
        return this.#takeZeros(bytes, at);
      case "content":
        return this.#takeContent(bytes, at);
      case "extension":
        return this.#takeExtension(bytes, at);
      case "padding":
        return this.#takePadding(bytes, at);
    }
  }

  #takeBlock(bytes: Buffer, at: number): number {
    if (this.#blockUsed === 0 && bytes.length - at >= blockBytes) {
      this.#readBlock(bytes, at, at + blockBytes);
      return blockBytes;
    }
    const taken = bytes.copy(this.#block, this.#blockUsed, at, at + blockBytes - this.#blockUsed);
    this.#blockUsed += taken;
    if (this.#blockUsed === blockBytes) {
      this.#blockUsed = 0;
      this.#readBlock(this.#block, 0, at + taken);
    }
    return taken;
  }

  /** `end` is where the block ends in the current chunk. */
  #readBlock(block: Buffer, at: number, end: number): void {
    this.#number = this.#entries + 1;
    this.#name = "";
    const isZero = block[at] === 0 && isZeroBlock(block, at);
    if (this.#state === "end") {
      if (!isZero) throw this.#refuse("it comes after a block of zeros, where other readers stop");
      this.#state = "done";
    } else if (isZero) {
      this.#refuseDanglingExtension();
      this.#state = "end";
    } else this.#readHeader(block, at, end);
  }

  #readHeader(block: Buffer, at: number, end: number): void {
    if (!hasRightChecksum(block, at))
      throw this.#refuse("its checksum is wrong", "the archive is damaged, or is no tar at all");
    const flag = String.fromCharCode(block[at + fields.typeFlag.at] as number);
    if (isExtension(flag)) {
      this.#startExtension(flag, readNumber(block, at, fields.size));
      return;
    }
    const entry = readEntry(block, at, this.#extension, this.#named);
    this.#extension = noExtension;
    if (this.#entries === this.#maxEntries) throw this.#refuse(`no more than ${this.#maxEntries} are read`);
    this.#sink.entry(entry, this.#chunkStart + end);
    this.#entries++;
    this.#startBody("content", entry.size);
  }

  #startExtension(flag: ExtensionFlag, size: number | undefined): void {
    if (size === undefined || size < 0 || size > maxExtendedHeaderBytes)
      throw this.#refuse(`its extended header has no size of at most ${maxExtendedHeaderBytes} bytes`);
    this.#bodyFlag = flag;
    this.#body = Buffer.allocUnsafe(size);
    this.#startBody("extension", size);
    if (size === 0) this.#endExtension();
  }

  #startBody(state: "content" | "extension", size: number): void {
    this.#left = size;
    this.#paddingAfter = (blockBytes - (size % blockBytes)) % blockBytes;
    this.#state = size === 0 ? "header" : state;
  }

  #takeContent(bytes: Buffer, at: number): number {
    const taken = Math.min(this.#left, bytes.length - at);
    this.#sink.data(bytes.subarray(at, at + taken));
    this.#left -= taken;
    if (this.#left === 0) this.#startPadding();
    return taken;
  }

  #takeExtension(bytes: Buffer, at: number): number {
    const taken = bytes.copy(this.#body, this.#body.length - this.#left, at, at + this.#left);
    this.#left -= taken;
    if (this.#left === 0) {
      this.#endExtension();
      this.#startPadding();
    }
    return taken;
  }

  #endExtension(): void {
    this.#extension = extend(this.#extension, this.#bodyFlag, this.#body, this.#refuse);
  }

  #startPadding(): void {
    this.#left = this.#paddingAfter;
    this.#state = this.#left === 0 ? "header" : "padding";
  }

  #takePadding(bytes: Buffer, at: number): number {
    const taken = Math.min(this.#left, bytes.length - at);
    this.#left -= taken;
    if (this.#left === 0) this.#state = "header";
    return taken;
  }

  #takeZeros(bytes: Buffer, at: number): number {
    for (let index = at; index < bytes.length; index++)
      if (bytes[index] !== 0)
        throw layersError("TAR_INVALID", "the archive has data behind its end", {
          hint: "two archives one after the other are not one archive",
        });
    return bytes.length - at;
  }

  #refuseDanglingExtension(): void {
    if (this.#extension !== noExtension) throw this.#refuse("its extended header has no entry to follow it");
  }

  readonly #named = (name: string): Refuse => {
    this.#name = name;
    return this.#refuse;
  };

  readonly #refuse: Refuse = (why, hint = "make the archive again, e.g. with GNU tar") => {
    const name = this.#name === "" ? "" : ` ${quoted(this.#name)}`;
    return layersError("TAR_INVALID", `entry ${this.#number}${name} of the archive: ${why}`, { hint });
  };
}
