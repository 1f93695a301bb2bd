import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIgnoreFile } from "../dockerfile/ignore/ignore-file.ts";
import { type CheckRequest, check } from "./check.ts";

const linux = { os: "linux", architecture: "amd64" };

interface Found {
  readonly rules: readonly (readonly [string, number])[];
  readonly error: string | undefined;
}

function checked(content: string, more: Partial<CheckRequest> = {}): Found {
  const found = check(
    { file: "Dockerfile", content, options: { buildPlatform: linux }, ...more },
    () => undefined,
  );
  assert.ok(found.kind === "checked");
  return {
    rules: found.warnings.map(({ rule, startLine }) => [rule, startLine]),
    error: found.error?.message,
  };
}

for (const [name, text, rules] of [
  ["a clean file", 'FROM scratch\nCMD ["a"]\n', []],
  ["stage names in capitals", "FROM scratch AS Base", [["StageNameCasing", 1]]],
  ["AS that differs from FROM", "FROM scratch as base", [["FromAsCasing", 1]]],
  ["a blank line in a continuation", "FROM scratch\nENV A=1 \\\n\n B=2", [["NoEmptyContinuation", 4]]],
  ["keywords of two cases", "FROM scratch\nENV A=1\nenv B=2", [["ConsistentInstructionCasing", 3]]],
  ["a stage name twice", "FROM scratch AS a\nFROM scratch AS a", [["DuplicateStageName", 2]]],
  ["a reserved stage name", "FROM scratch AS context", [["ReservedStageName", 1]]],
  ["shell form of CMD", "FROM scratch\nCMD a", [["JSONArgsRecommended", 2]]],
  ["MAINTAINER", "FROM scratch\nMAINTAINER me", [["MaintainerDeprecated", 2]]],
  ["a relative WORKDIR", "FROM scratch\nWORKDIR a\nWORKDIR b", [["WorkdirRelativePath", 2]]],
  ["an unset variable", "FROM scratch\nENV A=$B", [["UndefinedVar", 2]]],
  ["an ARG without value is no unset variable", "FROM scratch\nARG B\nENV A=$B", []],
  ["two CMDs", 'FROM scratch\nCMD ["a"]\nCMD ["b"]', [["MultipleInstructionsDisallowed", 2]]],
  ["ENV without =", "FROM scratch\nENV A b", [["LegacyKeyValueFormat", 2]]],
  ["a name that smells of a secret", "FROM scratch\nARG MY_TOKEN", [["SecretsUsedInArgOrEnv", 2]]],
  ["a public key is none", "FROM scratch\nENV PUBLIC_KEY=x", []],
  ["a constant platform", "FROM --platform=linux/arm64 scratch", [["FromPlatformFlagConstDisallowed", 1]]],
  [
    "the target platform said again",
    "FROM --platform=$TARGETPLATFORM scratch",
    [["RedundantTargetPlatform", 1]],
  ],
  ["a protocol in capitals", "FROM scratch\nEXPOSE 80/TCP", [["ExposeProtoCasing", 2]]],
  ["an address in EXPOSE", "FROM scratch\nEXPOSE 1.2.3.4:80:80", [["ExposeInvalidFormat", 2]]],
] as const)
  test(name, () => {
    assert.deepEqual(checked(text), { rules, error: undefined });
  });

test("a base that only build arguments make valid", () => {
  const options = { buildPlatform: linux, buildArgs: { B: "scratch" } };
  assert.deepEqual(checked("ARG B\nFROM $B", { options }).rules, [["InvalidDefaultArgInFrom", 2]]);
});

test("a file that .dockerignore leaves out", () => {
  const text = "FROM scratch\nCOPY ./a.log b /x/";
  assert.deepEqual(checked(text, { ignore: parseIgnoreFile("*.log") }).rules, [["CopyIgnoredFile", 2]]);
  assert.deepEqual(checked(text, { ignore: parseIgnoreFile("*.log\n!a.log") }).rules, []);
});

test("warnings that were found before an error are kept", () => {
  const { rules, error } = checked("FROM scratch AS Base\nFOO\n");
  assert.deepEqual(rules, [["StageNameCasing", 1]]);
  assert.match(error ?? "", /unknown instruction: FOO/);
});

for (const [name, text, rules, error] of [
  [
    "skip leaves a rule out",
    "# check=skip=StageNameCasing\nFROM scratch AS A\nCMD a",
    ["JSONArgsRecommended"],
    undefined,
  ],
  ["skip=all leaves all out", "# check=skip=all\nFROM scratch AS A\nCMD a", [], undefined],
  [
    "a comment skips for one instruction",
    "FROM scratch AS x\n# check=skip=UndefinedVar // why\nENV A=$B\nENV A=$C",
    ["UndefinedVar"],
    undefined,
  ],
  [
    "experimental rules must be asked for",
    "# check=experimental=all\n# nothing\nFROM scratch AS a",
    ["InvalidDefinitionDescription"],
    undefined,
  ],
  [
    "warnings can be errors",
    "# check=error=true\nFROM scratch AS A",
    ["StageNameCasing"],
    "lint violation found for rules: StageNameCasing",
  ],
  [
    "unknown options are refused",
    "# check=foo=bar\nFROM scratch",
    [],
    'failed to parse check options: invalid check option "foo"',
  ],
] as const)
  test(`check: ${name}`, () => {
    const found = checked(text);
    assert.deepEqual([found.rules.map(([rule]) => rule), found.error], [rules, error]);
  });

test("the build argument replaces what the file says", () => {
  const options = { buildPlatform: linux, buildArgs: { BUILDKIT_DOCKERFILE_CHECK: "skip=all" } };
  assert.deepEqual(checked("# check=error=true\nFROM scratch AS A", { options }), {
    rules: [],
    error: undefined,
  });
});

test("only what the target needs is checked, unless all stages are asked for", () => {
  const text = "FROM scratch AS a\nENV A=$B\nFROM scratch\n";
  assert.deepEqual(checked(text).rules, []);
  assert.deepEqual(checked(text, { allStages: true }).rules, [["UndefinedVar", 2]]);
});
