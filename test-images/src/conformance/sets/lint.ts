import { check, parseIgnoreFile, type ResolvedBase } from "@tsbuild/builder";
import { digestOf, mediaTypes } from "@tsbuild/layers";
import { type ConformanceSet, readJson, type Row } from "../row.ts";

interface Warning {
  readonly rule: string;
  readonly line: number;
  readonly detail: string;
  readonly description?: string;
  readonly url?: string;
}

interface Case {
  readonly test: string;
  readonly dockerfile: string;
  readonly dockerignore?: string;
  readonly frontend_attrs?: Readonly<Record<string, string>>;
  readonly warnings: readonly Warning[];
  readonly lint_call_warnings?: readonly Warning[];
  readonly build_error?: string;
  readonly build_error_regexp?: string;
  readonly error_line?: number;
}

const linux = { os: "linux", architecture: "amd64" };
const digest = digestOf("");

/** The rows leave to run time what only the machine of the test knows. */
function filledIn(text: string): string {
  return text
    .replaceAll("{{registry}}", "registry.test")
    .replaceAll("{{runtime.GOOS}}", linux.os)
    .replaceAll("{{runtime.GOARCH}}", linux.architecture)
    .replace(/\{\{map\[bool\]string[^}]*\}\[[^\]]*\]\}\}/g, "arm64");
}

/** The images of the test that is about the platform of a base: one of another architecture, one of Windows. */
function baseOf(row: Case): ResolvedBase {
  const isWindows = row.build_error_regexp?.includes("windows") === true;
  const other = isWindows
    ? { os: "windows", "os.version": "10.0.1", architecture: "amd64" }
    : { os: "linux", architecture: "arm64" };
  const platform = row.dockerfile.includes("testbaseimageplatform") ? other : linux;
  return {
    reference: "base",
    digest,
    manifest: { mediaType: mediaTypes.ociManifest, digest, size: 1 },
    config: { ...platform, config: { Env: ["PATH=/bin"] }, rootfs: { type: "layers", diff_ids: [digest] } },
  };
}

interface Outcome {
  readonly warnings: readonly Warning[];
  readonly error: string | undefined;
  readonly errorLine: number | undefined;
}

function run(row: Case, scope: "target" | "all"): Outcome {
  const attributes = Object.entries(row.frontend_attrs ?? {});
  const buildArgs = Object.fromEntries(
    attributes.flatMap(([key, value]) => (key.startsWith("build-arg:") ? [[key.slice(10), value]] : [])),
  );
  const target = row.frontend_attrs?.["target"];
  const isForPlatform = row.frontend_attrs?.["platform"] !== undefined;
  const checked = check(
    {
      file: "Dockerfile",
      content: filledIn(row.dockerfile),
      options: {
        buildPlatform: linux,
        buildArgs,
        ...(target !== undefined && { target }),
        ...(isForPlatform && { targetPlatform: linux }),
      },
      ...(row.dockerignore !== undefined && { ignore: parseIgnoreFile(row.dockerignore) }),
      allStages: scope === "all",
    },
    () => baseOf(row),
  );
  if (checked.kind === "needs") throw new Error("every base is known, and still one is needed");
  const warnings = checked.warnings.map(({ rule, startLine, detail, description, url }) => ({
    rule,
    line: startLine,
    detail,
    description,
    url,
  }));
  return { warnings, error: checked.error?.message, errorLine: checked.error?.location?.line };
}

/** Rows that say nothing of a description or a page are not asked for them. */
function sorted(warnings: readonly Warning[], like: readonly Warning[]): readonly unknown[] {
  const hasDescription = like.every(({ description }) => description !== undefined);
  const hasUrl = like.every(({ url }) => typeof url === "string");
  return warnings
    .map(({ rule, line, detail, description, url }) => [
      line,
      rule,
      filledIn(detail),
      hasDescription && description,
      hasUrl && url,
    ])
    .toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}

function rowsOf(row: Case, index: number): readonly Row[] {
  const name = `${index} ${row.test}`;
  const built = run(row, "target");
  const called = run(row, "all");
  // This row says what it wants as a regular expression, put together in Go.
  const pattern = /^fmt\.Sprintf\(`(.*)`/.exec(row.build_error_regexp ?? "")?.[1];
  if (pattern !== undefined) {
    const expression = new RegExp(pattern.replaceAll("%s", ".*"));
    const shown = built.warnings.map(({ rule, detail, line }) => `${rule}: ${detail} (line ${line})`);
    return [{ name, actual: shown.map((line) => expression.test(line)), expected: [true] }];
  }
  // A build error that BuildKit finds while copying is not ours to find here.
  const isOurs = row.build_error !== undefined;
  return [
    { name, actual: sorted(built.warnings, row.warnings), expected: sorted(row.warnings, row.warnings) },
    {
      name: `${name} (called)`,
      actual: sorted(called.warnings, row.lint_call_warnings ?? row.warnings),
      expected: sorted(row.lint_call_warnings ?? row.warnings, row.lint_call_warnings ?? row.warnings),
    },
    ...(isOurs
      ? [
          {
            name: `${name} (error)`,
            actual: [startsLike(built.error, row.build_error ?? ""), built.errorLine],
            expected: [true, row.error_line],
          },
        ]
      : []),
  ];
}

/** The sentence up to where a Go library goes into detail, and its suggestion. */
function startsLike(actual: string | undefined, expected: string): boolean {
  const [start = ""] = expected.split(': "" is an invalid');
  const suggestion = /\(did you mean [^)]*\)/.exec(expected)?.[0] ?? "";
  return actual?.startsWith(start) === true && actual.includes(suggestion);
}

const cases: ConformanceSet = {
  name: "buildkit-lint/cases",
  needs: "buildkit-lint/cases.json",
  rows: (data) => readJson<readonly Case[]>(data, "buildkit-lint/cases.json").flatMap(rowsOf),
};

const docs: ConformanceSet = {
  name: "buildkit-lint/rule_docs",
  needs: "buildkit-lint/rule_docs.json",
  rows: (data) =>
    readJson<readonly { rule: string; bad: readonly string[]; good: readonly string[] }[]>(
      data,
      "buildkit-lint/rule_docs.json",
    ).flatMap(({ rule, bad, good }) => [
      ...bad.map((text, index) => ({
        name: `${rule} bad ${index}`,
        actual: finds(rule, text),
        expected: true,
      })),
      ...good.map((text, index) => ({
        name: `${rule} good ${index}`,
        actual: finds(rule, text),
        expected: false,
      })),
    ]),
};

function finds(rule: string, dockerfile: string): boolean {
  // Some examples are only pieces of a Dockerfile.
  const start = /^from/im.test(dockerfile) ? "" : "FROM alpine\n";
  const row = { test: rule, dockerfile: `# check=experimental=all\n${start}${dockerfile}`, warnings: [] };
  return run(row, "all").warnings.some((warning) => warning.rule === rule);
}

export const lintSets: readonly ConformanceSet[] = [cases, docs];
