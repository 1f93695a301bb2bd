const units = "kmgtp";
const size = /^(\d+(?:\.\d*)?|\.\d+) ?([kmgtp]?)i?b?$/i;

/** Bytes of `64m`, `1.5GiB`, `100`: powers of 1024, or undefined when it is no size. */
export function parseSize(text: string): number | undefined {
  const match = size.exec(text);
  if (match === null) return undefined;
  const [, number = "", unit = ""] = match;
  const power = unit === "" ? 0 : units.indexOf(unit.toLowerCase()) + 1;
  const bytes = Number(number) * 1024 ** power;
  return Number.isFinite(bytes) ? Math.trunc(bytes) : undefined;
}
