import { expand, type EscapeCharacter } from "@tsbuild/builder";
import { parseVariablePattern, reversePattern } from "@tsbuild/builder/testing";
import { type ConformanceSet, readJson, readJsonLines, resultOf, type Row } from "../row.ts";

type Variables = Readonly<Record<string, string>>;

interface WordRow {
  readonly input: string;
  readonly env: Variables;
  readonly expected?: string;
  readonly error?: unknown;
}

function variablesOf(env: Variables): ReadonlyMap<string, string> {
  return new Map(Object.entries(env));
}

const words: ConformanceSet = {
  name: "buildkit-shell/process_word",
  needs: "buildkit-shell/process_word.json",
  rows: (data) =>
    readJson<readonly WordRow[]>(data, "buildkit-shell/process_word.json").map(({ input, env, ...want }) => ({
      name: input,
      actual: resultOf(() => ({ expected: expand(input, variablesOf(env), { escape: "\\" }).text })),
      expected: want.error === undefined ? { expected: want.expected } : { error: true },
    })),
};

const wordLists: ConformanceSet = {
  name: "buildkit-shell/process_words",
  needs: "buildkit-shell/process_words.json",
  rows: (data) =>
    readJson<readonly { input: string; env: Variables; expected_words?: string[] }[]>(
      data,
      "buildkit-shell/process_words.json",
    ).map(({ input, env, expected_words: expected }) => ({
      name: input,
      actual: resultOf(() => expand(input, variablesOf(env), { escape: "\\" }).words),
      expected: expected ?? { error: true },
    })),
};

interface ModifierRow extends WordRow {
  readonly matched?: readonly string[];
  readonly unmatched?: readonly string[];
}

const modifiers: ConformanceSet = {
  name: "buildkit-shell/modifiers",
  needs: "buildkit-shell/modifiers.json",
  rows: (data) =>
    readJson<readonly ModifierRow[]>(data, "buildkit-shell/modifiers.json").map(
      ({ input, env, ...want }) => ({
        name: input,
        actual: resultOf(() => {
          const { text, matched, unmatched } = expand(input, variablesOf(env), { escape: "\\" });
          if (want.matched === undefined) return { text };
          return { text, matched: [...matched].toSorted(), unmatched: [...unmatched].toSorted() };
        }),
        expected:
          want.error === undefined
            ? {
                text: want.expected,
                matched: want.matched?.toSorted(),
                unmatched: want.unmatched?.toSorted(),
              }
            : { error: true },
      }),
    ),
};

const special = /[\][{}.+()|^$*?\\]/g;

/** Our tokens as the regular expression that BuildKit makes of the pattern. */
function expressionOf(pattern: string): string {
  const pieces = parseVariablePattern(pattern).map((token) => {
    if (token.kind === "many") return ".*";
    return token.kind === "one" ? "." : token.character.replace(special, "\\$&");
  });
  return `^${pieces.join("")}`;
}

const patterns: ConformanceSet = {
  name: "buildkit-shell/pattern_to_regex",
  needs: "buildkit-shell/pattern_to_regex.json",
  rows: (data) => {
    const tables = readJson<{ valid: Variables; invalid: string[]; reversePattern: Variables }>(
      data,
      "buildkit-shell/pattern_to_regex.json",
    );
    return [
      ...Object.entries(tables.valid).map(
        ([pattern, expected]): Row => ({
          name: pattern,
          actual: resultOf(() => expressionOf(pattern)),
          expected,
        }),
      ),
      ...tables.invalid.map(
        (pattern): Row => ({
          name: pattern,
          actual: resultOf(() => expressionOf(pattern)),
          expected: { error: true },
        }),
      ),
      ...Object.entries(tables.reversePattern).map(
        ([pattern, expected]): Row => ({
          name: `reverse ${pattern}`,
          actual: reversePattern(pattern),
          expected,
        }),
      ),
    ];
  },
};

interface OracleRow {
  readonly input: string;
  readonly env: readonly string[];
  readonly escape: EscapeCharacter;
  readonly word?: string;
  readonly words?: readonly string[] | null;
  readonly heredoc?: string;
  readonly display?: string;
  readonly word_error?: string;
}

const oracle: ConformanceSet = {
  name: "oracle/shell",
  needs: "oracle/shell.jsonl",
  rows: (data) =>
    readJsonLines<OracleRow>(data, "oracle/shell.jsonl").map((row) => {
      const env = new Map(row.env.map((entry) => splitAt(entry, entry.indexOf("="))));
      const { escape, input } = row;
      const given = (value: unknown): unknown => (value === undefined ? { error: true } : (value ?? []));
      return {
        name: `${escape} ${input}`,
        actual: {
          word: resultOf(() => expand(input, env, { escape }).text),
          words: resultOf(() => expand(input, env, { escape }).words),
          heredoc: resultOf(() => expand(input, env, { escape, quotes: "ordinary" }).text),
          display: resultOf(() => expand(input, env, { escape, raw: "quotes", unset: "keep" }).text),
        },
        expected: {
          word: given(row.word),
          words: row.word === undefined ? { error: true } : (row.words ?? []),
          heredoc: given(row.heredoc),
          display: given(row.display),
        },
      };
    }),
};

function splitAt(text: string, at: number): readonly [string, string] {
  return [text.slice(0, at), text.slice(at + 1)];
}

export const shellSets: readonly ConformanceSet[] = [words, wordLists, modifiers, patterns, oracle];
