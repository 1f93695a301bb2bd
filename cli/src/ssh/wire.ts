/** Reads the values of the SSH protocol (RFC 4251 section 5) from bytes, in their order. */
export interface WireReader {
  /** @throws RangeError where the bytes end too early, as all of these. */
  uint32(): number;
  string(): Buffer;
  text(): string;
  /** What has not been read. */
  rest(): Buffer;
}

export function readWire(bytes: Buffer): WireReader {
  let at = 0;
  const take = (count: number): Buffer => {
    if (at + count > bytes.length) throw new RangeError("the data is cut short");
    at += count;
    return bytes.subarray(at - count, at);
  };
  const reader: WireReader = {
    uint32: () => take(4).readUInt32BE(),
    string: () => take(reader.uint32()),
    text: () => reader.string().toString("latin1"),
    rest: () => bytes.subarray(at),
  };
  return reader;
}

/** An unsigned number of four bytes. */
export function wireNumber(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Strings, each behind its length. */
export function wireStrings(...values: readonly (string | Uint8Array)[]): Buffer {
  const bytes = values.map((value) => (typeof value === "string" ? Buffer.from(value, "latin1") : value));
  return Buffer.concat(bytes.flatMap((value) => [wireNumber(value.length), value]));
}

/** A positive number as the protocol's `mpint`: no leading zeros but one before a set top bit. */
export function wireInteger(magnitude: Uint8Array): Buffer {
  const first = magnitude.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Buffer.alloc(0) : Buffer.from(magnitude.subarray(first));
  return (digits[0] ?? 0) < 0x80 ? digits : Buffer.concat([Buffer.of(0), digits]);
}
