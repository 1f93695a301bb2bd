const powers: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5 };
const number = /^\+?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const suffix = /^(?:|b|([kmgtp])(?:b|ib)?)$/i;

/** Bytes of `64m`, `1.5GiB`, `100`: powers of 1024, or undefined when it is no size. */
export function parseSize(text: string): number | undefined {
  if (text.length > 40) return undefined;
  // The number ends with the last digit or point; one space may stand behind it.
  const end = text.search(/[^\d. ]*$/);
  const digits = text.slice(0, end).replace(/ $/, "");
  const unit = suffix.exec(text.slice(end));
  if (!number.test(digits) || unit === null) return undefined;
  const bytes = Number(digits) * 1024 ** (powers[unit[1]?.toLowerCase() ?? ""] ?? 0);
  return Number.isFinite(bytes) ? Math.trunc(bytes) : undefined;
}
