import type { Arguments } from "../arguments.ts";
import { parseDuration } from "../values/duration.ts";
import { type Flags, flagToken, readFlags } from "../flags.ts";
import type { Healthcheck, HealthcheckInstruction } from "../instruction.ts";
import type { Token } from "../place.ts";
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
  if (words.length === 0)
    throw new Problem("Missing command after HEALTHCHECK CMD", { hint: "write HEALTHCHECK CMD command" });
  const health: Healthcheck = {
    test: read.isJson ? ["CMD", ...words] : ["CMD-SHELL", ...words],
    interval: interval(scanned, flags, "interval"),
    timeout: interval(scanned, flags, "timeout"),
    startPeriod: interval(scanned, flags, "start-period"),
    startInterval: interval(scanned, flags, "start-interval"),
    retries: retries(flags.text("retries") ?? "", flagToken(scanned, "retries")),
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

function interval(scanned: ScannedInstruction, flags: Flags, name: string): number {
  const token = flagToken(scanned, name);
  const text = flags.text(name) ?? "";
  if (text === "") return 0;
  const duration = parseDuration(text);
  if (duration === undefined)
    throw new Problem(`time: invalid duration ${quote(text)}`, {
      token,
      hint: `write --${name} with a unit, for example --${name}=30s`,
    });
  if (duration !== 0n && duration < shortest)
    throw new Problem(`Interval ${quote(name)} cannot be less than 1ms`, {
      token,
      hint: "0 means: as in the base image",
    });
  return Number(duration);
}

function retries(text: string, token: Token | undefined): number {
  if (text === "") return 0;
  const count = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(count))
    throw new Problem(`strconv.ParseInt: parsing ${quote(text)}: invalid syntax`, {
      token,
      hint: "--retries takes a whole number",
    });
  if (count > 2 ** 31 - 1 || count < -(2 ** 31))
    throw new Problem(`strconv.ParseInt: parsing ${quote(text)}: value out of range`, { token });
  if (count < 0) throw new Problem(`--retries cannot be negative (${count})`, { token });
  return count;
}
