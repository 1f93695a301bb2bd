import type { Chance } from "../chance.ts";

const block = 512;
/** Fields of a header: where they begin, how long they are, and what to put there. */
const fields: readonly (readonly [at: number, length: number, values: readonly string[]])[] = [
  [
    0,
    100,
    ["..", "../../evil", "/evil", "a/../../evil", ".wh.a", ".wh..wh..opq", "a\0b", "", ".", "a/", "d"],
  ],
  [100, 8, ["0007777\0", "-000001\0", "\xff\xff\xff\xff\xff\xff\xff\xff", "7777777\0"]],
  [108, 8, ["7777777\0", "\x80\0\0\x7f\xff\xff\xff\xff", "abc"]],
  [
    124,
    12,
    ["77777777777\0", "\x80\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "00000000001\0", "0", "-1"],
  ],
  [136, 12, ["77777777777\0", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", ""]],
  [156, 1, ["0", "1", "2", "3", "4", "5", "6", "7", "x", "g", "L", "K", "S", "\0", "D", "M", "V"]],
  [157, 100, ["/etc/passwd", "../../canary", "/proc/self/root/tmp", "a", ".", "", "d/x"]],
  [257, 8, ["ustar  \0", "ustar\0" + "00", "ustaX", ""]],
  [329, 8, ["7777777\0", "0000001\0"]],
  [345, 155, ["..", "../..", "/", "a/b"]],
];

/** One to four changes to an archive; most mutants then get right checksums, so that what lies behind those is tried too. */
export function mutateTar(original: Buffer, by: Chance): Buffer {
  let tar: Buffer = Buffer.from(original);
  for (let count = by.below(4); count >= 0 && tar.length >= block; count--) tar = change(tar, by);
  if (by.below(8) > 0)
    for (let at = 0; at + block <= tar.length; at += block)
      if (tar.toString("latin1", at + 257, at + 262) === "ustar") mendChecksum(tar, at);
  return tar;
}

/** Bytes of any stream changed, cut, repeated or left out. */
export function mutateBytes(original: Buffer, by: Chance): Buffer {
  const bytes = Buffer.from(original);
  for (let count = by.below(4); count > 0; count--) bytes[by.below(bytes.length)] = by.below(256);
  const [from, to] = [by.below(bytes.length), by.below(bytes.length)];
  switch (by.below(8)) {
    case 0:
      return bytes.subarray(0, from);
    case 1:
      return Buffer.concat([bytes, bytes.subarray(from)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
    default:
      return bytes;
  }
}

function change(tar: Buffer, by: Chance): Buffer {
  const blocks = Math.floor(tar.length / block);
  const at = by.below(blocks) * block;
  const other = by.below(blocks) * block;
  const taken = tar.subarray(at, at + block);
  switch (by.below(7)) {
    case 0:
      tar[by.below(tar.length)] = by.below(256);
      return tar;
    case 1:
      return Buffer.concat([tar.subarray(0, other), taken, tar.subarray(other)]);
    case 2:
      return Buffer.concat([tar.subarray(0, at), tar.subarray(at + block)]);
    case 3:
      return by.below(4) === 0 ? tar.subarray(0, by.below(tar.length)) : tar;
    default: {
      const [start, length, values] = by.pick(fields);
      tar.fill(0, at + start, at + start + length);
      tar.write(by.pick(values), at + start, length, "latin1");
      return tar;
    }
  }
}

function mendChecksum(tar: Buffer, at: number): void {
  tar.fill(" ", at + 148, at + 156);
  let sum = 0;
  for (let index = at; index < at + block; index++) sum += tar[index] as number;
  tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
}
