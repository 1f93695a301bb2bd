import { parseChmod } from "@tsbuild/layers";
import { type ConformanceSet, readJson, readJsonLines, resultOf } from "../row.ts";

function changed(text: string, mode: number, isDirectory: boolean): number {
  const chmod = parseChmod(text);
  return chmod.kind === "octal" ? chmod.mode : chmod.apply(mode, isDirectory);
}

interface OracleRow {
  readonly mode: string;
  readonly error?: string;
  readonly results?: readonly (readonly [string, boolean, string])[];
}

const oracle: ConformanceSet = {
  name: "oracle/chmod",
  needs: "oracle/chmod.jsonl",
  rows: (data) =>
    readJsonLines<OracleRow>(data, "oracle/chmod.jsonl").map(({ mode, results }) => ({
      name: mode,
      actual: resultOf(() => {
        if (results === undefined) return parseChmod(mode).kind;
        return results.map(([before, isDirectory]) => changed(mode, Number.parseInt(before, 8), isDirectory));
      }),
      expected: results?.map(([, , after]) => Number.parseInt(after, 8)) ?? { error: true },
    })),
};

interface UnitRow {
  readonly name: string;
  readonly modeStr: string;
  readonly expectedFilePerm: number;
  readonly expectedExecPerm: number;
  readonly expectedDirPerm: number;
  readonly expectedRestrictDirPerm: number;
}

/** The modes that the test's files and directories start with. */
const unit: ConformanceSet = {
  name: "buildkit-unit/chmod",
  needs: "buildkit-unit/chmod.json",
  rows: (data) => {
    const tables = readJson<Record<string, readonly UnitRow[]>>(data, "buildkit-unit/chmod.json");
    return (tables["TestCopyModeTextFormat/testCases"] ?? []).map((row) => ({
      name: `${row.name}: ${row.modeStr}`,
      actual: [
        changed(row.modeStr, 0o644, false),
        changed(row.modeStr, 0o755, false),
        changed(row.modeStr, 0o750, true),
        changed(row.modeStr, 0o700, true),
      ],
      expected: [
        row.expectedFilePerm,
        row.expectedExecPerm,
        row.expectedDirPerm,
        row.expectedRestrictDirPerm,
      ],
    }));
  },
};

export const chmodSets: readonly ConformanceSet[] = [oracle, unit];
