/** One header block as it shall lie in the archive: every field may be wrong. Text is bytes (latin1). */
export interface RawHeader {
  readonly name?: string;
  readonly mode?: string;
  readonly uid?: string | Buffer;
  readonly gid?: string | Buffer;
  readonly size?: string | number | Buffer;
  readonly mtime?: string | Buffer;
  readonly type?: string;
  readonly link?: string;
  readonly magic?: string;
  readonly major?: string;
  readonly minor?: string;
  readonly prefix?: string;
  /** Instead of the right one. */
  readonly checksum?: string;
}

const block = 512;

/** A header and, padded, its body; the size is that of the body unless said otherwise. */
export function entry(header: RawHeader, body: string | Buffer = ""): Buffer {
  const bytes = Buffer.from(body as string, "latin1");
  return Buffer.concat([headerBlock({ size: bytes.length, ...header }), padded(bytes)]);
}

export function headerBlock(header: RawHeader): Buffer {
  const bytes = Buffer.alloc(block);
  const put = (value: string | Buffer, at: number, length: number): void => {
    const raw = Buffer.from(value as string, "latin1");
    raw.copy(bytes, at, 0, Math.min(raw.length, length));
  };
  put(header.name ?? "x", 0, 100);
  put(header.mode ?? "0000644\0", 100, 8);
  put(header.uid ?? "0000000\0", 108, 8);
  put(header.gid ?? "0000000\0", 116, 8);
  put(typeof header.size === "number" ? octal(header.size, 12) : (header.size ?? octal(0, 12)), 124, 12);
  put(header.mtime ?? octal(1000, 12), 136, 12);
  put(header.type ?? "0", 156, 1);
  put(header.link ?? "", 157, 100);
  put(header.magic ?? "ustar\x0000", 257, 8);
  put(header.major ?? "0000000\0", 329, 8);
  put(header.minor ?? "0000000\0", 337, 8);
  put(header.prefix ?? "", 345, 155);
  put("        ", 148, 8);
  put(header.checksum ?? `${octal(sum(bytes), 7)} `, 148, 8);
  return bytes;
}

/** Digits and a NUL, as wide as the field. */
export function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}

/** A number as GNU tar writes what has too many digits. */
export function base256(value: bigint, width: number): Buffer {
  const bytes = Buffer.alloc(width);
  let rest = BigInt.asUintN(width * 8, value);
  for (let at = width - 1; at >= 0; at--) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  bytes[0] = (bytes[0]! & 0x7f) | 0x80 | (value < 0n ? 0x40 : 0);
  return bytes;
}

/** A pax record with its right length. */
export function record(key: string, value: string): string {
  const rest = key.length + value.length + 3;
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

/** An extended header with these records, as they are. */
export function pax(...records: readonly string[]): Buffer {
  return entry({ type: "x", name: "PaxHeaders/x" }, records.join(""));
}

export function directory(name: string): Buffer {
  return entry({ name: `${name}/`, type: "5", mode: "0000755\0" });
}

export function file(name: string, body = "evil"): Buffer {
  return entry({ name }, body);
}

export function symlink(name: string, link: string): Buffer {
  return entry({ name, link, type: "2", mode: "0000777\0" });
}

export function hardlink(name: string, link: string): Buffer {
  return entry({ name, link, type: "1" });
}

export const endOfArchive: Buffer = Buffer.alloc(2 * block);

export function archive(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat([...parts, endOfArchive]);
}

function padded(body: Buffer): Buffer {
  const rest = body.length % block;
  return rest === 0 ? body : Buffer.concat([body, Buffer.alloc(block - rest)]);
}

function sum(bytes: Buffer): number {
  return bytes.reduce((total, byte) => total + byte, 0);
}
