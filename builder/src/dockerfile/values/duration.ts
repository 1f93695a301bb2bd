const nanoseconds: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const largest = 2n ** 63n - 1n;
const part = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;

/** Nanoseconds of a duration like `1h30m` or `-1.5s` (Go's grammar), or undefined when it is none. */
export function parseDuration(text: string): bigint | undefined {
  const negative = text.startsWith("-");
  const body = negative || text.startsWith("+") ? text.slice(1) : text;
  if (body === "0") return 0n;
  if (body === "") return undefined;
  let total = 0n;
  for (let at = 0; at < body.length; at = part.lastIndex) {
    part.lastIndex = at;
    const match = part.exec(body);
    const [, whole = "", fraction = "", unit = ""] = match ?? [];
    const scale = nanoseconds[unit];
    if (scale === undefined || (whole === "" && fraction === "")) return undefined;
    // A fraction finer than a nanosecond is cut off, and digits beyond 30 could not matter.
    const digits = fraction.slice(0, 30);
    total +=
      BigInt(whole.slice(0, 30) === whole ? whole || "0" : `1${"0".repeat(30)}`) * scale +
      (digits === "" ? 0n : (BigInt(digits) * scale) / 10n ** BigInt(digits.length));
    if (total > largest) return undefined;
  }
  return negative ? -total : total;
}

/** A duration as Go prints it: `1h30m0s`, `1.5s`, `100ms`. */
export function formatDuration(duration: bigint): string {
  if (duration === 0n) return "0s";
  if (duration < 0n) return `-${formatDuration(-duration)}`;
  if (duration < 1_000n) return `${duration}ns`;
  if (duration < 1_000_000n) return `${decimal(duration, 3)}µs`;
  if (duration < 1_000_000_000n) return `${decimal(duration, 6)}ms`;
  const minutes = duration / 60_000_000_000n;
  const seconds = `${decimal(duration % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return seconds;
  const hours = minutes / 60n;
  return hours === 0n ? `${minutes}m${seconds}` : `${hours}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, digits: number): string {
  const scale = 10n ** BigInt(digits);
  const fraction = (value % scale).toString().padStart(digits, "0").replace(/0+$/, "");
  return fraction === "" ? `${value / scale}` : `${value / scale}.${fraction}`;
}
