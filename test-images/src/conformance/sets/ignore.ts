import { createPathMatcher, parseIgnoreFile } from "@tsbuild/builder";
import { compileOne } from "@tsbuild/builder/testing";
import { compileGlob } from "@tsbuild/layers";
import { bytesFromText, textFromBytes } from "@tsbuild/runner-native";
import { type ConformanceSet, readJson, readJsonLines, resultOf } from "../row.ts";

function isExcluded(patterns: readonly string[], path: string): boolean {
  return createPathMatcher(patterns.map(bytesFromText)).isExcluded(bytesFromText(path));
}

interface MatchRow {
  readonly patterns: readonly string[];
  readonly path: string;
  readonly expected?: boolean;
}

const matches: ConformanceSet = {
  name: "patternmatcher/matches",
  needs: "patternmatcher/matches.json",
  rows: (data) =>
    readJson<readonly MatchRow[]>(data, "patternmatcher/matches.json").map(
      ({ patterns, path, expected }) => ({
        name: `${patterns.join(", ")} on ${path}`,
        actual: resultOf(() => isExcluded(patterns, path)),
        expected: expected ?? { error: true },
      }),
    ),
};

const single: ConformanceSet = {
  name: "patternmatcher/single_match",
  needs: "patternmatcher/single_match.json",
  rows: (data) =>
    readJson<{ cases: readonly { pattern: string; s: string; expected?: boolean }[] }>(
      data,
      "patternmatcher/single_match.json",
    ).cases.map(({ pattern, s, expected }) => ({
      name: `${pattern} on ${s}`,
      actual: resultOf(() => isExcluded([pattern], s)),
      expected: expected ?? { error: true },
    })),
};

const compile: ConformanceSet = {
  name: "patternmatcher/compile",
  needs: "patternmatcher/compile.json",
  rows: (data) =>
    readJson<readonly { pattern: string; matchType: string; compiledRegexp: string }[]>(
      data,
      "patternmatcher/compile.json",
    ).map(({ pattern, matchType, compiledRegexp }) => ({
      name: pattern,
      actual: resultOf(() => {
        const compiled = compileOne(pattern);
        return [`${compiled?.type}${compiled?.type === "regexp" ? "" : ""}Match`, compiled?.expression];
      }),
      expected: [matchType, compiledRegexp],
    })),
};

/** The test is Go source: its input stands between backquotes, what it expects in the list of strings behind. */
const ignoreFile: ConformanceSet = {
  name: "patternmatcher/ignorefile",
  needs: "patternmatcher/ignorefile.json",
  rows: (data) => {
    const { go_source: source } = readJson<{ go_source: string }>(data, "patternmatcher/ignorefile.json");
    const content = /const content = `([^`]*)`/.exec(source)?.[1] ?? "";
    const list = /expected := \[\]string\{([\s\S]*?)\n\t\}/.exec(source)?.[1] ?? "";
    const expected = [...list.matchAll(/^\s*"([^"]*)"/gm)].map(([, line]) => line);
    return [{ name: "ReadAll", actual: parseIgnoreFile(content), expected }];
  },
};

const oracle: ConformanceSet = {
  name: "oracle/patternmatcher",
  needs: "oracle/patternmatcher.jsonl",
  rows: (data) => {
    const [{ paths } = { paths: [] }] = readJsonLines<{ paths: readonly string[] }>(
      data,
      "oracle/patternmatcher_paths.jsonl",
    );
    return readJsonLines<{ patterns: readonly string[]; matched?: readonly string[] | null; error?: string }>(
      data,
      "oracle/patternmatcher.jsonl",
    ).map(({ patterns, matched, error }) => ({
      name: patterns.join(", "),
      actual: resultOf(() => {
        const matcher = createPathMatcher(patterns.map(bytesFromText));
        return paths.filter((path) => matcher.isExcluded(bytesFromText(path)));
      }),
      expected: error === undefined ? (matched ?? []) : { error: true },
    }));
  },
};

const glob: ConformanceSet = {
  name: "oracle/glob",
  needs: "oracle/glob.jsonl",
  rows: (data) => {
    const rows = readJsonLines<{ pattern: string; matched?: readonly string[] | null; error?: string }>(
      data,
      "oracle/glob.jsonl",
    );
    const names = new Set(rows.flatMap(({ matched }) => matched ?? []));
    return rows.map(({ pattern, matched, error }) => ({
      name: pattern,
      actual: resultOf(() => {
        const compiled = compileGlob(bytesFromText(pattern));
        return [...names].filter((name) => compiled.matches(bytesFromText(name)));
      }),
      expected: error === undefined ? [...names].filter((name) => matched?.includes(name)) : { error: true },
    }));
  },
};

const dockerignore: ConformanceSet = {
  name: "oracle/dockerignore",
  needs: "oracle/dockerignore.jsonl",
  rows: (data) =>
    readJsonLines<{ text: string; patterns?: readonly string[] | null }>(
      data,
      "oracle/dockerignore.jsonl",
    ).map(({ text, patterns }) => ({
      name: text,
      actual: parseIgnoreFile(text).map(textFromBytes),
      expected: patterns ?? [],
    })),
};

export const ignoreSets: readonly ConformanceSet[] = [
  matches,
  single,
  compile,
  ignoreFile,
  oracle,
  glob,
  dockerignore,
];
