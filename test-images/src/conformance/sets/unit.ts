import { lower, parseDockerfile } from "@tsbuild/builder";
import {
  deviceOf,
  heredocsOf,
  joinWorkdir,
  parseGitReference,
  parseGitUrl,
  parseHeredocWord,
  parseInstructions,
  parsePorts,
  readJsonForm,
  readSource,
  scan,
  splitQuoted,
} from "@tsbuild/builder/testing";
import type { TsbuildError } from "@tsbuild/runner-native";
import { type ConformanceSet, readJson, resultOf, type Row } from "../row.ts";

function token(text: string): { readonly text: string; readonly start: number; readonly end: number } {
  return { text, start: 0, end: text.length };
}

/** What an error says, or undefined when there is none. */
function sentenceOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

interface GoHeredoc {
  readonly Name: string;
  readonly Content: string;
  readonly Expand: boolean;
  readonly Chomp?: boolean;
  readonly FileDescriptor?: number;
}

interface ParserTables {
  /** What each line of the test's Dockerfile holds; the Dockerfile itself is not in the data. */
  readonly "TestParseExtractsHeredoc/tests": readonly (readonly GoHeredoc[] | null)[];
  readonly "TestParseHeredocHelpers/validHeredocs": readonly string[];
  readonly "TestParseHeredocHelpers/invalidHeredocs": readonly string[];
  readonly "TestParseHeredocHelpers/notHeredocs": readonly string[];
  readonly "TestHeredocsFromLine/srcs": readonly { line: string; heredocNames: readonly string[] | null }[];
  readonly "/invalidJSONArraysOfStrings": readonly string[];
  readonly "TestParseWords/tests": readonly { input: readonly string[]; expect: readonly string[] }[];
}

const parser: ConformanceSet = {
  name: "buildkit-unit/parser",
  needs: "buildkit-unit/parser.json",
  rows: (data) => {
    const tables = readJson<ParserTables>(data, "buildkit-unit/parser.json");
    const named = (name: string, actual: unknown, expected: unknown): Row => ({ name, actual, expected });
    return [
      ...tables["TestParseExtractsHeredoc/tests"].flatMap(extractsRow),
      ...tables["TestParseHeredocHelpers/validHeredocs"].map((word) =>
        named(word, parseHeredocWord(word)?.name, "EOF"),
      ),
      ...tables["TestParseHeredocHelpers/invalidHeredocs"].map((word) =>
        named(
          word,
          resultOf(() => parseHeredocWord(word) ?? null),
          { error: true },
        ),
      ),
      ...tables["TestParseHeredocHelpers/notHeredocs"].map((word) =>
        named(word, parseHeredocWord(word) ?? null, null),
      ),
      ...tables["TestHeredocsFromLine/srcs"].map(({ line, heredocNames }) =>
        named(
          line,
          heredocsOf(line).map(({ name }) => name),
          heredocNames ?? [],
        ),
      ),
      ...tables["/invalidJSONArraysOfStrings"].map((text) =>
        named(text, readJsonForm(text).kind, "not-strings"),
      ),
      ...tables["TestParseWords/tests"].map(({ input, expect }) =>
        named(
          input.join(" "),
          input.flatMap((text) => splitQuoted(token(text), "\\").map((word) => word.text)),
          expect,
        ),
      ),
    ];
  },
};

/** An instruction written from what is to be found in it. */
function extractsRow(wanted: readonly GoHeredoc[] | null): Row[] {
  if (wanted === null) return [];
  const bodies = wanted.map(({ Name, Content }) => `${Content}${Name}\n`);
  const text = `RUN ${wanted.map(openingOf).join(" ")}\n${bodies.join("")}`;
  const found = scan(readSource("Dockerfile", text)).instructions[0]?.heredocs ?? [];
  const actual = found.map(({ name, content, expand, chomp, fileDescriptor }) => ({
    Name: name,
    Content: content,
    Expand: expand,
    ...(chomp && { Chomp: true }),
    ...(fileDescriptor !== 0 && { FileDescriptor: fileDescriptor }),
  }));
  return [{ name: text, actual, expected: wanted }];
}

function openingOf({ Name, Expand, Chomp, FileDescriptor }: GoHeredoc): string {
  const name = Expand ? Name.replaceAll(/['"\\ ]/g, String.raw`\$&`) : JSON.stringify(Name);
  return `${FileDescriptor ?? ""}<<${Chomp === true ? "-" : ""}${name}`;
}

interface InstructionTables {
  readonly "TestCopyHeredoc/cases": readonly { dockerfile: string; sourcesAndDest: unknown }[];
  readonly "TestRunHeredoc/cases": readonly {
    dockerfile: string;
    command: readonly string[];
    shell: boolean;
    files?: readonly unknown[];
  }[];
  readonly "TestErrorCases/cases": readonly { name: string; dockerfile: string; expectedError: string }[];
  readonly "TestParseDevice/cases": readonly {
    input: string;
    expected: { Name: string; Required: boolean } | null;
    expectedErr: string | null;
  }[];
  readonly "TestCommandsExactlyOneArgument/commands": readonly string[];
  readonly "TestCommandsAtLeastOneArgument/commands": readonly string[];
}

function only(text: string): ReturnType<typeof parseInstructions> {
  return parseInstructions(readSource("Dockerfile", text));
}

const instructions: ConformanceSet = {
  name: "buildkit-unit/instructions",
  needs: "buildkit-unit/instructions.json",
  rows: (data) => {
    const tables = readJson<InstructionTables>(data, "buildkit-unit/instructions.json");
    const failsWith = (dockerfile: string, sentence: string): Row => ({
      name: dockerfile,
      actual: only(dockerfile).problems[0]?.message.includes(sentence),
      expected: true,
    });
    return [
      ...tables["TestCopyHeredoc/cases"].map(({ dockerfile, sourcesAndDest }) => ({
        name: dockerfile,
        actual: copied(dockerfile),
        expected: sourcesAndDest,
      })),
      ...tables["TestRunHeredoc/cases"].map(({ dockerfile, command, shell, files }) => ({
        name: dockerfile,
        actual: ran(dockerfile),
        expected: {
          command,
          shell,
          files: files?.map((file) => ({ Chomp: false, ...(file as object) })) ?? [],
        },
      })),
      ...tables["TestErrorCases/cases"].map(({ dockerfile, expectedError }) =>
        failsWith(dockerfile, expectedError),
      ),
      ...tables["TestParseDevice/cases"].map(({ input, expected }) => ({
        name: input,
        actual: resultOf(() => {
          const { name, required } = deviceOf(token(input));
          return { Name: name, Required: required };
        }),
        expected: expected ?? { error: true },
      })),
      ...tables["TestCommandsExactlyOneArgument/commands"].map((keyword) =>
        failsWith(keyword, `${keyword} requires exactly one argument`),
      ),
      ...tables["TestCommandsAtLeastOneArgument/commands"].map((keyword) =>
        failsWith(keyword, `${keyword} requires at least one argument`),
      ),
    ];
  },
};

function copied(dockerfile: string): unknown {
  const [instruction] = only(dockerfile).instructions;
  if (instruction?.kind !== "copy") return instruction?.kind;
  return {
    DestPath: instruction.destination.text,
    ...(instruction.sources.length > 0 && { SourcePaths: instruction.sources.map(({ text }) => text) }),
    ...(instruction.inline.length > 0 && {
      SourceContents: instruction.inline.map(({ name, content, expand }) => ({
        Path: name,
        Data: content,
        Expand: expand,
      })),
    }),
  };
}

function ran(dockerfile: string): unknown {
  const [instruction] = only(dockerfile).instructions;
  if (instruction?.kind !== "run") return instruction?.kind;
  return {
    command: instruction.command.words,
    shell: instruction.command.form === "shell",
    files: instruction.files.map(({ name, content, chomp }) => ({ Name: name, Data: content, Chomp: chomp })),
  };
}

const workdir: ConformanceSet = {
  name: "buildkit-unit/workdir",
  needs: "buildkit-unit/workdir.json",
  rows: (data) => {
    type Case = { name: string; currentWorkdir: string; newWorkDir: string; desiredResult: string };
    // The third table of the file is about Windows paths.
    const tables = readJson<Record<string, readonly Case[]>>(data, "buildkit-unit/workdir.json");
    return ["TestNormalizeWorkdir/testCases", "TestNormalizeWorkdirUnix/testCases"].flatMap((table) =>
      (tables[table] ?? []).map(({ name, currentWorkdir, newWorkDir, desiredResult }) => ({
        name: `${table}: ${name}`,
        actual: joinWorkdir(currentWorkdir, newWorkDir),
        expected: desiredResult,
      })),
    );
  },
};

const expose: ConformanceSet = {
  name: "buildkit-unit/expose",
  needs: "buildkit-unit/expose.json",
  rows: (data) => {
    type Case = { name: string; spec: string; expected?: readonly string[]; expError?: string };
    return Object.values(readJson<Record<string, readonly Case[]>>(data, "buildkit-unit/expose.json"))
      .flat()
      .map(({ name, spec, expected, expError }) => ({
        name,
        actual: expError === undefined ? parsePorts(spec).ports : sentenceOf(() => parsePorts(spec)),
        expected: expError ?? expected,
      }));
  },
};

interface GitRefCase {
  readonly ref: string;
  readonly expected?: Record<string, unknown> | string | null;
  readonly err?: string;
  readonly ok?: boolean;
}

const gitReferences: ConformanceSet = {
  name: "buildkit-unit/git_ref",
  needs: "buildkit-unit/git_ref.json",
  rows: (data) => {
    const tables = readJson<Record<string, readonly GitRefCase[]>>(data, "buildkit-unit/git_ref.json");
    return Object.entries(tables).flatMap(([table, cases]) =>
      cases.map((given) => ({ name: `${table}: ${given.ref}`, ...judgeReference(table, given) })),
    );
  },
};

function judgeReference(table: string, { ref, expected, err, ok }: GitRefCase): Omit<Row, "name"> {
  if (err !== undefined)
    return { actual: sentenceOf(() => parseGitReference(ref))?.includes(err), expected: true };
  if (ok === undefined) return { actual: gitFields(ref), expected };
  const withSubdir = table.includes("Subdir");
  return {
    actual: resultOf(() => fragment(ref, withSubdir)),
    expected: ok ? expected : { error: true },
  };
}

function gitFields(ref: string): unknown {
  const git = parseGitReference(ref);
  if (git === undefined) return null;
  return {
    Remote: git.remote,
    ShortName: git.shortName,
    Ref: git.ref,
    SubDir: git.subdir,
    Checksum: git.checksum,
    MTime: git.mtime,
    FetchByCommit: git.fetchByCommit || undefined,
    UnencryptedTCP: git.isUnencrypted || undefined,
    IndistinguishableFromLocal: git.mayBeLocal || undefined,
  };
}

function fragment(ref: string, withSubdir: boolean): string {
  const git = parseGitReference(ref);
  if (git === undefined) throw new Error("not a repository");
  const subdir = withSubdir ? (git.subdir ?? "").replace(/^\//, "") : "";
  const suffix = `${git.ref ?? ""}${subdir === "" ? "" : `:${subdir}`}`;
  return suffix === "" ? git.remote : `${git.remote}#${suffix}`;
}

const gitUrls: ConformanceSet = {
  name: "buildkit-unit/git_url",
  needs: "buildkit-unit/git_url.json",
  rows: (data) => {
    type Case = { url: string; err?: boolean; result?: Record<string, unknown> };
    const cases = readJson<Record<string, readonly Case[]>>(data, "buildkit-unit/git_url.json");
    return (cases["TestParseURL/tests"] ?? []).map(({ url, result }) => ({
      name: url,
      actual: urlFields(url),
      expected: result ?? null,
    }));
  },
};

function urlFields(text: string): unknown {
  const url = parseGitUrl(text);
  if (url === undefined) return null;
  const [name = "", password] = url.user.split(":");
  const query = Object.fromEntries(
    [...new URLSearchParams(url.query)].map(([key, value]) => [`"${key}"`, `{"${value}"}`]),
  );
  return {
    Scheme: `${url.scheme === "git" ? "Git" : url.scheme.toUpperCase()}Protocol`,
    Host: url.host,
    Path: url.path,
    ...(url.user !== "" && {
      User: password === undefined ? `url.User("${name}")` : `url.UserPassword("${name}", "${password}")`,
    }),
    ...((url.ref !== "" || url.subdir !== "") && {
      Opts: { Ref: url.ref, ...(url.subdir !== "" && { Subdir: url.subdir }) },
    }),
    ...(url.query !== "" && { Query: query }),
  };
}

const linux = { os: "linux", architecture: "amd64" };

/** Only the errors that lowering finds: those of running steps belong to the tests that build. */
const errorPlaces: ConformanceSet = {
  name: "buildkit-unit/errors_source_map",
  needs: "buildkit-unit/errors_source_map.json",
  rows: (data) => {
    type Case = { name: string; dockerfile: string; errorLine: readonly number[] };
    const cases = readJson<Record<string, readonly Case[]>>(data, "buildkit-unit/errors_source_map.json");
    return (cases["testErrorsSourceMap/tcases"] ?? []).map(({ name, dockerfile, errorLine }) => ({
      name,
      actual: placeOf(dockerfile, name),
      expected: errorLine,
    }));
  },
};

/** The lines of the error, or of the step that would fail when it runs. */
function placeOf(dockerfile: string, name: string): readonly number[] {
  try {
    const lowered = lower(
      parseDockerfile("Dockerfile", dockerfile),
      { buildPlatform: linux },
      () => undefined,
    );
    if (lowered.kind === "needs") return lowered.images.flatMap(({ span }) => linesOf(span));
    const last = lowered.graph.steps.findLast(
      ({ kind }) => kind === (name.includes("copy") ? "copy" : "run"),
    );
    return linesOf(last?.span);
  } catch (error) {
    const { line = 0, endLine = line } = (error as TsbuildError).location ?? {};
    return linesOf({ startLine: line, endLine });
  }
}

function linesOf(
  span: { readonly startLine: number; readonly endLine: number } | undefined,
): readonly number[] {
  if (span === undefined) return [];
  return Array.from({ length: span.endLine - span.startLine + 1 }, (_, index) => span.startLine + index);
}

export const unitSets: readonly ConformanceSet[] = [
  parser,
  instructions,
  workdir,
  expose,
  gitReferences,
  gitUrls,
  errorPlaces,
];
