import type { Arguments } from "../arguments.ts";
import { parseDuration } from "../values/duration.ts";
import { type Flags, readFlags } from "../flags.ts";
import type { Healthcheck, HealthcheckInstruction } from "../instruction.ts";
import { Problem } from "../problem.ts";
import { quote } from "../expand/quote.ts";
import type { ScannedInstruction } from "../scan/scan.ts";
import { needsArgument } from "./arity.ts";

/** Docker accepts no shorter interval, except 0 for "as in the base image". */
const shortest = 1_000_000n;

export function parseHealthcheck(scanned: ScannedInstruction, read: Arguments): HealthcheckInstruction {
  const [first, ...command] = read.words;
  if (first === undefined) throw needsArgument("HEALTHCHECK");
  const type = first.text.toUpperCase();
  if (type === "NONE") {
    if (command.length > 0) throw new Problem("HEALTHCHECK NONE takes no arguments");
    return { kind: "healthcheck", scanned, health: { ...inherited, test: ["NONE"] } };
  }
  const flags = readFlags(scanned.flags, {
    interval: "text",
    timeout: "text",
    "start-period": "text",
    "start-interval": "text",
    retries: "text",
  });
  if (type !== "CMD")
    throw new Problem(`Unknown type ${quote(type)} in HEALTHCHECK (try CMD)`, { token: first });
  const words = command.map(({ text }) => text);
  if (words.length === 0) throw new Problem("Missing command after HEALTHCHECK CMD");
  const health: Healthcheck = {
    test: read.isJson ? ["CMD", ...words] : ["CMD-SHELL", ...words],
    interval: interval(flags, "interval"),
    timeout: interval(flags, "timeout"),
    startPeriod: interval(flags, "start-period"),
    startInterval: interval(flags, "start-interval"),
    retries: retries(flags.text("retries") ?? ""),
  };
  return { kind: "healthcheck", scanned, health };
}

const inherited: Omit<Healthcheck, "test"> = {
  interval: 0,
  timeout: 0,
  startPeriod: 0,
  startInterval: 0,
  retries: 0,
};

function interval(flags: Flags, name: string): number {
  const text = flags.text(name) ?? "";
  if (text === "") return 0;
  const duration = parseDuration(text);
  if (duration === undefined)
    throw new Problem(`time: invalid duration ${quote(text)}`, {
      hint: `write --${name} with a unit, for example --${name}=30s`,
    });
  if (duration !== 0n && duration < shortest)
    throw new Problem(`Interval ${quote(name)} cannot be less than 1ms`);
  return Number(duration);
}

function retries(text: string): number {
  if (text === "") return 0;
  const count = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(count))
    throw new Problem(`strconv.ParseInt: parsing ${quote(text)}: invalid syntax`, {
      hint: "--retries takes a whole number",
    });
  if (count > 2 ** 31 - 1 || count < -(2 ** 31))
    throw new Problem(`strconv.ParseInt: parsing ${quote(text)}: value out of range`);
  if (count < 0) throw new Problem(`--retries cannot be negative (${count})`);
  return count;
}
