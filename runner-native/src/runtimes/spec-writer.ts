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
} as const;

/** Collects records for the helper: u32 op, u32 length, payload, in the machine's byte order (x64 and arm64: little). */
export interface SpecWriter {
  numbers(record: number, values: readonly number[]): void;
  longs(record: number, numbers: readonly number[], longs: readonly bigint[]): void;
  /** Numbers first, then strings with a NUL after each. @throws TypeError when a string holds a NUL. */
  strings(record: number, strings: readonly string[], numbers?: readonly number[]): void;
  /** All records behind their total length. */
  finish(): Buffer;
}

export function createSpecWriter(): SpecWriter {
  const records: Buffer[] = [];
  const add = (record: number, ...payload: Buffer[]): void => {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(record, 0);
    header.writeUInt32LE(
      payload.reduce((sum, part) => sum + part.length, 0),
      4,
    );
    records.push(header, ...payload);
  };
  return {
    numbers: (record, values) => add(record, encodeNumbers(values)),
    longs: (record, numbers, longs) => add(record, encodeNumbers(numbers), encodeLongs(longs)),
    strings: (record, strings, numbers = []) => add(record, encodeNumbers(numbers), encodeStrings(strings)),
    finish: () => {
      const body = Buffer.concat(records);
      return Buffer.concat([encodeNumbers([body.length]), body]);
    },
  };
}

function encodeNumbers(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32LE(value, index * 4));
  return bytes;
}

function encodeLongs(values: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, index) => bytes.writeBigUInt64LE(value, index * 8));
  return bytes;
}

function encodeStrings(strings: readonly string[]): Buffer {
  const inner = strings.find((text) => text.includes("\0"));
  if (inner !== undefined) throw new TypeError(`${JSON.stringify(inner)} contains a NUL byte`);
  return Buffer.from(strings.map((text) => `${text}\0`).join(""));
}
