import { type Instruction, parseDockerfile } from "@tsbuild/builder";
import {
  parseInstructions,
  parseMount,
  readSource,
  splitLines,
  detectSyntax,
} from "@tsbuild/builder/testing";
import { type ConformanceSet, readJsonLines, resultOf } from "../row.ts";
import { dumpFile, wordsOf } from "../sexp.ts";
import {
  readArguments,
  type ScannedInstruction,
  scan,
  type SplitInstruction,
} from "@tsbuild/builder/testing";

interface OracleRow {
  readonly name: string;
  readonly dockerfile: string;
  readonly parse_error?: string;
  readonly instruction_error?: string;
  readonly escape?: string;
  readonly sexp?: string;
  readonly ast?: readonly unknown[];
  readonly parse_warnings?: readonly { readonly line: number }[];
  readonly syntax?: unknown;
  readonly stages?: readonly unknown[];
  readonly meta_args?: readonly unknown[];
}

const parse: ConformanceSet = {
  name: "oracle/dockerfiles (parser)",
  needs: "oracle/dockerfiles.jsonl",
  rows: (data) =>
    readJsonLines<OracleRow>(data, "oracle/dockerfiles.jsonl").map((row) => ({
      name: row.name,
      actual: resultOf(() => parsed(row.dockerfile)),
      expected:
        row.parse_error === undefined
          ? {
              escape: row.escape,
              sexp: row.sexp,
              ast: row.ast,
              warnings: row.parse_warnings?.map(({ line }) => line) ?? [],
              syntax: row.syntax,
            }
          : { error: true },
    })),
};

function parsed(text: string): unknown {
  const source = readSource("Dockerfile", text);
  const file = scan(source);
  const sexp = dumpFile(text);
  const syntax = detectSyntax(splitLines(source));
  return {
    escape: file.escape,
    sexp,
    ast: file.instructions.map((instruction) => node(instruction, file.escape)),
    warnings: file.instructions
      .filter(({ hasEmptyContinuation }) => hasEmptyContinuation)
      .map(({ endLine }) => endLine),
    syntax: syntax && { ref: syntax.reference, cmdline: syntax.commandLine, line: syntax.line },
  };
}

function node(instruction: ScannedInstruction, escape: "\\" | "`"): unknown {
  const { comments, heredocs, startLine, endLine, text } = instruction;
  return {
    ...splitNode(instruction, readArguments(instruction, text, escape)),
    ...(comments.length > 0 && { comments }),
    ...(heredocs.length > 0 && {
      heredocs: heredocs.map(({ chomp, content, expand, fileDescriptor, name }) => ({
        chomp,
        content,
        expand,
        fd: fileDescriptor,
        name,
      })),
    }),
    lines: [startLine, endLine],
    original: text,
  };
}

function splitNode(split: SplitInstruction, read: ReturnType<typeof readArguments>): object {
  const flags = split.flags.map(({ text }) => text);
  const { trigger } = read;
  return {
    args:
      trigger === undefined
        ? wordsOf(split, read)
        : [
            {
              ...splitNode(trigger, trigger.arguments),
              lines: [0, 0],
              original: split.rest.text,
            },
          ],
    cmd: split.keyword.text,
    ...(flags.length > 0 && { flags }),
    ...(read.isJson && { json: true }),
  };
}

const instructions: ConformanceSet = {
  name: "oracle/dockerfiles (instructions)",
  needs: "oracle/dockerfiles.jsonl",
  rows: (data) =>
    readJsonLines<OracleRow>(data, "oracle/dockerfiles.jsonl")
      .filter(({ parse_error: error }) => error === undefined)
      .map((row) => ({
        name: row.name,
        actual: typed(row.dockerfile),
        expected:
          row.instruction_error === undefined
            ? { stages: row.stages, meta_args: row.meta_args }
            : { error: row.instruction_error },
      })),
};

function typed(text: string): unknown {
  const { problems, instructions: all } = parseInstructions(readSource("Dockerfile", text));
  if (problems[0] !== undefined) return { error: problems[0].message };
  // A file of nothing but ARGs parses; it is refused when its stages are looked at.
  if (all.every(({ kind }) => kind === "arg")) return { meta_args: all.map(command), stages: [] };
  try {
    const { globalArgs, stages } = parseDockerfile("Dockerfile", text);
    return {
      ...(globalArgs.length > 0 && { meta_args: globalArgs.map(command) }),
      stages: stages.map(({ from, instructions: inner }) => ({
        base: from.base.text,
        ...(from.stageName !== undefined && { stage: from.stageName }),
        ...(from.platform !== undefined && { platform: from.platform }),
        ...(from.description !== "" && { doc: from.description }),
        lines: [from.scanned.startLine, from.scanned.endLine],
        commands: inner.map(command),
      })),
    };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function command(instruction: Instruction): unknown {
  const { keyword, startLine, endLine } = instruction.scanned;
  return { name: keyword.text.toUpperCase(), lines: [startLine, endLine], ...fields(instruction) };
}

function list<Item>(items: readonly Item[]): readonly Item[] | null {
  return items.length === 0 ? null : items;
}

function fields(instruction: Instruction): object {
  switch (instruction.kind) {
    case "from":
      return {};
    case "arg":
      return {
        Args: instruction.args.map(({ name, value, description }) => ({
          Key: name,
          Value: value ?? null,
          DocComment: description,
        })),
      };
    case "env":
      return { Env: instruction.pairs.map(pair) };
    case "label":
      return { Labels: instruction.pairs.map(pair) };
    case "maintainer":
      return { Maintainer: instruction.author };
    case "copy":
      return { ...copied(instruction), From: instruction.from, Parents: instruction.parents };
    case "add":
      return {
        ...copied(instruction),
        Checksum: instruction.checksum,
        KeepGitDir: instruction.keepGitDir ?? null,
        Unpack: instruction.unpack ?? null,
      };
    case "run":
      return {
        ...commandLine(instruction.command, instruction.files),
        network: instruction.network,
        security: instruction.security,
        ...(instruction.devices.length > 0 && {
          devices: instruction.devices.map(({ name, required }) => ({ Name: name, Required: required })),
        }),
        ...mountFields(instruction.mounts),
      };
    case "cmd":
      return commandLine(instruction.command);
    case "entrypoint":
      return { ...commandLine(instruction.command), CmdLine: list(instruction.command.words) };
    case "shell":
      return { Shell: instruction.shell };
    case "workdir":
      return { Path: instruction.path };
    case "user":
      return { User: instruction.user };
    case "expose":
      return { Ports: instruction.ports };
    case "volume":
      return { Volumes: instruction.volumes };
    case "stopsignal":
      return { Signal: instruction.signal };
    case "onbuild":
      return { Expression: instruction.trigger };
    case "healthcheck":
      return { Health: health(instruction.health) };
  }
}

function pair(given: { readonly key: string; readonly value: string; readonly isLegacy: boolean }): object {
  return { Key: given.key, Value: given.value, NoDelim: given.isLegacy };
}

type Copied = Extract<Instruction, { kind: "copy" | "add" }>;

function copied(instruction: Copied): object {
  return {
    Chmod: instruction.chmod,
    Chown: instruction.chown,
    DestPath: instruction.destination.text,
    ExcludePatterns: list(instruction.exclude),
    Link: instruction.link,
    SourceContents: list(
      instruction.inline.map(({ name, content, expand }) => ({ Path: name, Data: content, Expand: expand })),
    ),
    SourcePaths: list(instruction.sources.map(({ text }) => text)),
  };
}

type Run = Extract<Instruction, { kind: "run" }>;

function commandLine(line: Run["command"], files: Run["files"] = []): object {
  return {
    CmdLine: line.words,
    Files: list(files.map(({ name, content, chomp }) => ({ Name: name, Data: content, Chomp: chomp }))),
    PrependShell: line.form === "shell",
  };
}

function mountFields(mounts: Run["mounts"]): object {
  if (mounts.length === 0) return {};
  try {
    return {
      mounts: mounts.map((token) => {
        const mount = parseMount(token, (value) => value);
        return {
          Type: mount.type,
          From: mount.from,
          Source: mount.source,
          Target: mount.target,
          ReadOnly: mount.readonly,
          SizeLimit: mount.sizeBytes,
          CacheID: mount.id,
          CacheSharing: mount.sharing,
          Required: mount.required,
          Env: mount.env ?? null,
          Mode: mount.mode ?? null,
          UID: mount.uid ?? null,
          GID: mount.gid ?? null,
        };
      }),
    };
  } catch (error) {
    return { expand_error: (error as Error).message };
  }
}

function health(given: Extract<Instruction, { kind: "healthcheck" }>["health"]): object {
  return {
    Test: given.test,
    ...(given.interval !== 0 && { Interval: given.interval }),
    ...(given.timeout !== 0 && { Timeout: given.timeout }),
    ...(given.startPeriod !== 0 && { StartPeriod: given.startPeriod }),
    ...(given.startInterval !== 0 && { StartInterval: given.startInterval }),
    ...(given.retries !== 0 && { Retries: given.retries }),
  };
}

export const dockerfileSets: readonly ConformanceSet[] = [parse, instructions];
