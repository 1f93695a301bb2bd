import type { Field } from "./header.ts";

const space = 32;
const digitZero = 48;
const digitSeven = 55;
const base256Mark = 0x80;
const base256Sign = 0x40;

/**
 * A number of a header block: octal digits, or base 256 as GNU tar writes what has too many digits. Undefined for anything that
 * two readers could take for different numbers. Empty means 0.
 */
export function readNumber(block: Uint8Array, start: number, field: Field): number | undefined {
  const isBase256 = ((block[start + field.at] as number) & base256Mark) !== 0;
  return isBase256 ? readBase256(block, start, field) : readOctal(block, start, field);
}

/** Spaces, digits, then only NULs and spaces. */
export function readOctal(block: Uint8Array, start: number, field: Field): number | undefined {
  let at = start + field.at;
  const to = at + field.length;
  while (at < to && block[at] === space) at++;
  let value = 0;
  for (; at < to; at++) {
    const byte = block[at] as number;
    if (byte < digitZero || byte > digitSeven) break;
    value = value * 8 + (byte - digitZero);
  }
  for (; at < to; at++) if (block[at] !== space && block[at] !== 0) return undefined;
  return value;
}

/** Two's complement, most significant byte first, without the mark in the first bit. */
function readBase256(block: Uint8Array, start: number, field: Field): number | undefined {
  const from = start + field.at;
  const to = from + field.length;
  const isNegative = ((block[from] as number) & base256Sign) !== 0;
  let value = 0;
  for (let at = from; at < to; at++) {
    const byte = (block[at] as number) ^ (isNegative ? 0xff : 0);
    value = value * 256 + (at === from ? byte & 0x7f : byte);
    if (value > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return isNegative ? -value - 1 : value;
}
