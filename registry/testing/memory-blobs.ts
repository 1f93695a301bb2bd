import {
  type BlobStore,
  type BlobWriter,
  type Descriptor,
  type Digest,
  digestOf,
  type Lease,
  layersError,
  type PutExpectation,
} from "@tsbuild/layers";

/** A blob store in memory, for tests of transfers; `partial` is what interrupted downloads left. */
export interface MemoryBlobs extends BlobStore {
  readonly content: Map<Digest, Buffer>;
  readonly partial: Map<Digest, Buffer>;
  /** Adds bytes and describes them. */
  add(bytes: Uint8Array | string, mediaType: string): Descriptor;
}

export const noLease: Lease = {
  id: "test",
  add: () => {},
  [Symbol.asyncDispose]: async () => {},
};

const chunkBytes = 64 * 1024;

export function createMemoryBlobs(): MemoryBlobs {
  const content = new Map<Digest, Buffer>();
  const partial = new Map<Digest, Buffer>();
  const busy = new Set<Digest>();

  const get = (digest: Digest): Buffer => {
    const bytes = content.get(digest);
    if (bytes === undefined) throw layersError("BLOB_MISSING", `blob ${digest} is not in the store`);
    return bytes;
  };

  const keep = (bytes: Buffer, { mediaType, digest, size, maxBytes }: PutExpectation): Descriptor => {
    const found = digestOf(bytes);
    if (maxBytes !== undefined && bytes.length > maxBytes) throw layersError("BLOB_TOO_LARGE", "too large");
    if ((digest ?? found) !== found || (size ?? bytes.length) !== bytes.length)
      throw layersError("BLOB_CORRUPT", `the bytes are not ${digest}`);
    content.set(found, bytes);
    return { mediaType, digest: found, size: bytes.length };
  };

  const writer = (start: Buffer, onEnd: (rest: Buffer | undefined) => void): BlobWriter => {
    const chunks = [start];
    let size = start.length;
    let rest: "kept" | "dropped" = "kept";
    return {
      get size() {
        return size;
      },
      write(chunk) {
        chunks.push(Buffer.from(chunk));
        size += chunk.length;
      },
      room: undefined,
      end: async () => {},
      commit(expect) {
        rest = "dropped";
        return keep(Buffer.concat(chunks), expect);
      },
      [Symbol.dispose]: () => onEnd(rest === "kept" ? Buffer.concat(chunks) : undefined),
    };
  };

  return {
    content,
    partial,
    add: (bytes, mediaType) => keep(Buffer.from(bytes), { mediaType }),
    async put(source, expect) {
      const chunks: Uint8Array[] = [];
      if (source instanceof Uint8Array) chunks.push(source);
      else for await (const chunk of source) chunks.push(chunk);
      return keep(Buffer.concat(chunks), expect);
    },
    writer: () => writer(Buffer.alloc(0), () => {}),
    resume(digest) {
      if (busy.has(digest)) return undefined;
      busy.add(digest);
      return writer(partial.get(digest) ?? Buffer.alloc(0), (rest) => {
        busy.delete(digest);
        if (rest === undefined || rest.length === 0) partial.delete(digest);
        else partial.set(digest, rest);
      });
    },
    read(digest, maxBytes) {
      const bytes = get(digest);
      if (bytes.length > maxBytes) throw layersError("BLOB_TOO_LARGE", "too large");
      return bytes;
    },
    async *stream(digest) {
      const bytes = get(digest);
      for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
    },
    pathOf: () => undefined,
    sizeOf: (digest) => content.get(digest)?.length,
    *list() {
      for (const [digest, bytes] of content) yield { digest, size: bytes.length };
    },
  };
}
