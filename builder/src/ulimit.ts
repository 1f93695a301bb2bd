import type { OciLimit } from "@tsbuild/runner-native";
import { builderError } from "./errors.ts";

/** A resource limit of RUN steps in docker's terms; -1 is unlimited. */
export interface Ulimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

const names =
  "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(
    " ",
  );
const unlimited = -1;

/** Reads `nofile=1024`, `nofile=1024:2048`, `core=-1` in docker's syntax. @throws OPTION_INVALID in docker's words */
export function parseUlimit(text: string): Ulimit {
  const equals = text.indexOf("=");
  if (equals < 0) throw invalid(`invalid ulimit argument: ${text}`);
  const [name, limits] = [text.slice(0, equals), text.slice(equals + 1)];
  if (!names.includes(name)) throw invalid(`invalid ulimit type: ${name}`, `there are ${names.join(", ")}`);
  const parts = limits.split(":");
  if (parts.length > 2)
    throw invalid(`too many limit value arguments - ${limits}, can only have up to two, \`soft[:hard]\``);
  const [soft = 0, hard = soft] = parts.map(wholeNumber);
  if (hard !== unlimited && (soft === unlimited || soft > hard))
    throw invalid(
      `ulimit soft limit must be less than or equal to hard limit: ${
        soft === unlimited ? `soft: -1 (unlimited), hard: ${hard}` : `${soft} > ${hard}`
      }`,
    );
  return { name, soft, hard };
}

function invalid(sentence: string, hint = "write --ulimit NAME=SOFT[:HARD]"): Error {
  return builderError("OPTION_INVALID", sentence, { hint });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(value) && value >= unlimited) return value;
  throw invalid(`invalid ulimit value: ${JSON.stringify(text)} is no whole number from -1 on`);
}

/** For the runtime-spec; of limits with one name the last counts. */
export function limitsOf(ulimits: readonly Ulimit[]): OciLimit[] {
  const last = new Map(ulimits.map((limit) => [limit.name, limit]));
  return [...last.values()].map(({ name, soft, hard }) => ({
    type: `RLIMIT_${name.toUpperCase()}`,
    soft,
    hard,
  }));
}
