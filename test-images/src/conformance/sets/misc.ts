import { parseUlimit } from "@tsbuild/builder";
import {
  cleanPath,
  formatDuration,
  parseCheckOptions,
  parseDuration,
  parseHeredocWord,
  parseSize,
} from "@tsbuild/builder/testing";
import { type ConformanceSet, readJsonLines, resultOf, type Row } from "../row.ts";

interface MiscRow {
  readonly kind: "duration" | "bytes" | "clean" | "heredoc" | "ulimit" | "lintopts";
  readonly input: string;
  readonly error?: string;
  readonly ns?: number;
  readonly string?: string;
  readonly bytes?: number;
  readonly soft?: number;
  readonly hard?: number;
  readonly clean?: string;
  readonly heredoc?: unknown;
  readonly config?: unknown;
}

/** The rows of one kind of `oracle/misc.jsonl`. */
function kind(name: MiscRow["kind"], judge: (row: MiscRow) => Omit<Row, "name">): ConformanceSet {
  return {
    name: `oracle/misc (${name})`,
    needs: "oracle/misc.jsonl",
    rows: (data) =>
      readJsonLines<MiscRow>(data, "oracle/misc.jsonl")
        .filter((row) => row.kind === name)
        .map((row) => ({ name: row.input, ...judge(row) })),
  };
}

const failed = { error: true };

export const miscSets: readonly ConformanceSet[] = [
  kind("duration", ({ input, error, ns, string }) => {
    const duration = parseDuration(input);
    return {
      actual: duration === undefined ? failed : [Number(duration), formatDuration(duration)],
      expected: error === undefined ? [ns, string] : failed,
    };
  }),
  kind("bytes", ({ input, error, bytes }) => ({
    actual: parseSize(input) ?? failed,
    expected: error === undefined ? bytes : failed,
  })),
  kind("ulimit", ({ input, error, soft, hard }) => ({
    actual: resultOf(() => {
      const limit = parseUlimit(input);
      return [limit.soft, limit.hard];
    }),
    expected: error === undefined ? [soft, hard] : failed,
  })),
  kind("clean", ({ input, clean }) => ({ actual: cleanPath(input), expected: clean })),
  kind("heredoc", ({ input, error, heredoc }) => ({
    actual: resultOf(() => {
      const opening = parseHeredocWord(input);
      if (opening === undefined) return null;
      const { name, expand, chomp, fileDescriptor } = opening;
      return { name, expand, chomp, fd: fileDescriptor };
    }),
    expected: error === undefined ? heredoc : failed,
  })),
  kind("lintopts", ({ input, error, config }) => ({
    actual: resultOf(() => {
      const options = parseCheckOptions(input);
      const names = (set: ReadonlySet<string>): readonly string[] | null =>
        set.size === 0 ? null : [...set];
      return {
        error: options.error,
        experimental: names(options.experimental),
        experimentalAll: options.experimentalAll,
        skip: names(options.skip),
        skipAll: options.skipAll,
      };
    }),
    expected: error === undefined ? config : failed,
  })),
];
