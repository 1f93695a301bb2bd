import { layersError } from "../errors.ts";

/** What comes next, and how many bytes of it are to be collected or passed over. */
type Part = "magic" | "skippable size" | "header" | "block header" | "block" | "checksum" | "end";

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
const checksumBytes = 4;
const blockHeaderBytes = 3;
const runLengthBlock = 1;
const reservedBlock = 3;

/**
 * Finds where a zstd frame ends by its block headers (RFC 8878, 3.1), without decompressing. Node's decompressor needs it: of two
 * frames in one chunk it reads the first and drops the second without a word.
 */
export class ZstdFraming {
  #part: Part = "magic";
  readonly #held: Buffer = Buffer.alloc(18);
  #heldBytes = 0;
  #left = 4;
  #isLastBlock = false;
  #hasChecksum = false;
  /** A skippable frame holds bytes for others; known once its magic has been read. */
  isSkippable = false;

  get isComplete(): boolean {
    return this.#part === "end";
  }

  /** Consumes bytes of this frame; returns the index behind the last, which is the chunk's length unless the frame ended. */
  feed(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && !this.isComplete) {
      const taken = Math.min(this.#left, chunk.length - at);
      if (this.#isCollected()) {
        this.#held.set(chunk.subarray(at, at + taken), this.#heldBytes);
        this.#heldBytes += taken;
      }
      at += taken;
      this.#left -= taken;
      while (this.#left === 0 && !this.isComplete) this.#endPart();
    }
    return at;
  }

  #isCollected(): boolean {
    return this.#part !== "block" && this.#part !== "checksum";
  }

  #next(part: Part, bytes: number): void {
    this.#part = part;
    this.#left = bytes;
    this.#heldBytes = 0;
  }

  #endPart(): void {
    switch (this.#part) {
      case "magic":
        this.#endMagic(this.#held.readUInt32LE(0));
        return;
      case "skippable size":
        this.#isLastBlock = true;
        this.#next("block", this.#held.readUInt32LE(0));
        return;
      case "header":
        this.#endHeader();
        return;
      case "block header":
        this.#endBlockHeader(this.#held.readUIntLE(0, blockHeaderBytes));
        return;
      case "block":
        if (!this.#isLastBlock) this.#next("block header", blockHeaderBytes);
        else if (this.#hasChecksum) this.#next("checksum", checksumBytes);
        else this.#next("end", 0);
        return;
      case "checksum":
      case "end":
        this.#next("end", 0);
    }
  }

  #endMagic(magic: number): void {
    this.isSkippable = (magic & 0xffff_fff0) >>> 0 === skippableMagic;
    if (!this.isSkippable && magic !== frameMagic)
      throw layersError(
        "COMPRESSION_CORRUPT",
        "the zstd data has something behind a frame that is not a frame",
      );
    this.#next(this.isSkippable ? "skippable size" : "header", this.isSkippable ? 4 : 1);
  }

  /** The first byte says how long the rest is. */
  #endHeader(): void {
    const descriptor = this.#held[0] as number;
    this.#hasChecksum = (descriptor & 4) !== 0;
    const rest = headerRestBytes(descriptor);
    if (this.#heldBytes === 1 && rest > 0) this.#left = rest;
    else this.#next("block header", blockHeaderBytes);
  }

  #endBlockHeader(header: number): void {
    this.#isLastBlock = (header & 1) === 1;
    const kind = (header >> 1) & 3;
    if (kind === reservedBlock)
      throw layersError("COMPRESSION_CORRUPT", "the zstd data has a block of a kind that does not exist");
    this.#next("block", kind === runLengthBlock ? 1 : header >> 3);
  }
}

/** RFC 8878, 3.1.1.1: window descriptor, dictionary ID and content size, by the flags of the frame header descriptor. */
function headerRestBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & 32) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number;
  const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  return (isSingleSegment ? 0 : 1) + dictionaryBytes + contentSizeBytes;
}
