import { checksumOf, type Field, fields } from "./header.ts";
import { blockBytes } from "./limits.ts";
import { readNumber, readOctal } from "./number.ts";
import type { Refuse } from "./refusal.ts";

/** Who wrote a header block, which decides what its second half means. */
export type HeaderForm = "posix" | "gnu" | "v7";

/** True for a block of zeros. */
export function isZeroBlock(block: Uint8Array, at: number): boolean {
  for (let index = at; index < at + blockBytes; index++) if (block[index] !== 0) return false;
  return true;
}

/** Some early Unixes summed signed characters; every reader takes either. */
export function hasRightChecksum(block: Uint8Array, at: number): boolean {
  const said = readOctal(block, at, fields.checksum);
  const sum = checksumOf(block, at);
  if (said === sum) return true;
  let high = 0;
  for (let index = at; index < at + blockBytes; index++) if ((block[index] as number) > 127) high++;
  return said === sum - 256 * high;
}

export function headerForm(block: Buffer, at: number, refuse: Refuse): HeaderForm {
  const magic = block.toString("latin1", at + fields.magic.at, at + fields.magic.at + fields.magic.length);
  if (magic.startsWith("ustar\0")) return "posix";
  if (magic === "ustar  \0") return "gnu";
  if (magic.startsWith("ustar")) throw refuse(`its format ${JSON.stringify(magic)} is unknown`);
  return "v7";
}

/** The name in a header block. */
export function headerName(block: Buffer, at: number, form: HeaderForm, refuse: Refuse): string {
  const name = fieldText(block, at, fields.name);
  const firstOfPrefix = block[at + fields.prefix.at] as number;
  if (firstOfPrefix === 0) return name;
  if (form === "posix") return `${prefixOf(block, at, refuse)}/${name}`;
  // GNU keeps the access time there, in digits or base 256; some readers take anything else for a prefix, some do not.
  if (form === "gnu" && readNumber(block, at, fields.accessTime) !== undefined) return name;
  throw refuse("its header has a name prefix that its format does not know");
}

export function headerLinkName(block: Buffer, at: number): string {
  return fieldText(block, at, fields.linkName);
}

const starMark = "tar";
const starPrefixBytes = 131;

function prefixOf(block: Buffer, at: number, refuse: Refuse): string {
  const prefix = fieldText(block, at, fields.prefix);
  // star's own format has a shorter prefix, and times behind it that others would read as part of the name.
  if (prefix.length >= starPrefixBytes && fieldText(block, at, fields.starMark) === starMark)
    throw refuse("its header is in the old format of star");
  return prefix;
}

/** The bytes up to the first NUL. */
function fieldText(block: Buffer, at: number, field: Field): string {
  const from = at + field.at;
  let to = from;
  while (to < from + field.length && block[to] !== 0) to++;
  return block.toString("latin1", from, to);
}
