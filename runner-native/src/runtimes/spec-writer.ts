/** Record numbers of the helper's spec; native/helper.h has the same list. */
export const op = {
  namespaces: 1,
  joinNetwork: 2,
  uidMap: 3,
  gidMap: 4,
  rootDirectory: 5,
  rootOverlay: 6,
  rootReadonly: 7,
  attachRoot: 8,
  mount: 9,
  mask: 10,
  readonly: 11,
  hostname: 12,
  rlimit: 13,
  identity: 14,
  capabilities: 15,
  noNewPrivileges: 16,
  environment: 17,
  arguments: 18,
  directory: 19,
  disable: 20,
  allowDevices: 21,
  device: 22,
  cgroups: 23,
  makeDirectory: 24,
} as const;

export interface RecordFields {
  readonly numbers?: readonly number[];
  readonly longs?: readonly bigint[];
  readonly strings?: readonly string[];
}

/** Collects records for the helper: u32 op, u32 length, payload, in the machine's byte order (x64 and arm64: little). */
export interface SpecWriter {
  /** 32-bit numbers first, then 64-bit ones, then strings with a NUL after each. @throws TypeError on a NUL inside. */
  add(record: number, fields?: RecordFields): void;
  /** All records behind their total length. */
  finish(): Buffer;
}

const firstBytes = 4096;
const lengthBytes = 4;

export function createSpecWriter(): SpecWriter {
  let buffer = Buffer.allocUnsafe(firstBytes);
  let used = lengthBytes;
  const reserve = (bytes: number): void => {
    if (used + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, used + bytes));
    buffer.copy(larger, 0, 0, used);
    buffer = larger;
  };
  return {
    add: (record, { numbers = [], longs = [], strings = [] } = {}) => {
      const text = strings.map(terminated).join("");
      const size = numbers.length * 4 + longs.length * 8 + Buffer.byteLength(text);
      reserve(8 + size);
      used = buffer.writeUInt32LE(record, used);
      used = buffer.writeUInt32LE(size, used);
      for (const value of numbers) used = buffer.writeUInt32LE(value, used);
      for (const value of longs) used = buffer.writeBigUInt64LE(value, used);
      used += buffer.write(text, used);
    },
    finish: () => {
      buffer.writeUInt32LE(used - lengthBytes, 0);
      return buffer.subarray(0, used);
    },
  };
}

function terminated(text: string): string {
  if (text.includes("\0")) throw new TypeError(`${JSON.stringify(text)} contains a NUL byte`);
  return `${text}\0`;
}
