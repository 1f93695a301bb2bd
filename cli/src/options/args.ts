import { parseBoolean } from "@tsbuild/builder";
import { cliError } from "../errors.ts";
import { nearest } from "./suggest.ts";

/** One option of a command, as `--help` shows it. */
export interface OptionSpec {
  readonly kind: "flag" | "value" | "list";
  readonly short?: string;
  /** The placeholder of the value, e.g. `NAME=VALUE`. */
  readonly value?: string;
  /** What a bare `--name` stands for, when a value may be left out. */
  readonly bare?: string;
  readonly help: string;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

type ParsedOption<Spec extends OptionSpec> = Spec["kind"] extends "flag"
  ? boolean | undefined
  : Spec["kind"] extends "value"
    ? string | undefined
    : readonly string[];

export type ParsedOptions<Table extends OptionTable> = {
  readonly [Name in keyof Table]: ParsedOption<Table[Name]>;
};

export interface ParsedArgs<Table extends OptionTable> {
  readonly options: ParsedOptions<Table>;
  readonly positional: readonly string[];
}

export interface ParseOptions {
  /** "yes": everything after the first word that is no option belongs to somebody else. */
  readonly stopAtPositional?: "yes" | "no";
  /** Names of options that people will try and that a later version brings: refused by name. */
  readonly later?: readonly string[];
}

/**
 * Reads a command line the way docker does: `--name value`, `--name=value`, `-n value`, `-nvalue`, joined short flags,
 * `--flag=false`, and `--` before what is not an option.
 * @throws USAGE with a suggestion on an unknown option, a missing value or a value a flag cannot have.
 */
export function parseArgs<const Table extends OptionTable>(
  args: readonly string[],
  table: Table,
  { stopAtPositional = "no", later = [] }: ParseOptions = {},
): ParsedArgs<Table> {
  const found = new Map<string, boolean | string | string[]>();
  const positional: string[] = [];
  const queue = [...args];
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (arg === "--") positional.push(...queue.splice(0));
    else if (arg.startsWith("--")) readLong(arg, queue, { table, later }, found);
    else if (arg.length > 1 && arg.startsWith("-")) readShort(arg.slice(1), queue, table, found);
    else {
      positional.push(arg);
      if (stopAtPositional === "yes") positional.push(...queue.splice(0));
    }
  }
  for (const [name, spec] of Object.entries(table))
    if (spec.kind === "list" && !found.has(name)) found.set(name, []);
  return { options: Object.fromEntries(found) as ParsedOptions<Table>, positional };
}

type Found = Map<string, boolean | string | string[]>;

interface Known {
  readonly table: OptionTable;
  readonly later: readonly string[];
}

function readLong(arg: string, queue: string[], { table, later }: Known, found: Found): void {
  const equals = arg.indexOf("=");
  const name = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
  const spec = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!spec && later.includes(name))
    throw cliError("USAGE", `--${name} is not built yet`, { hint: "--help lists the options that are" });
  if (!spec) throw unknownOption(`--${name}`, table);
  const inline = equals < 0 ? undefined : arg.slice(equals + 1);
  store(name, spec, inline ?? takeValue(`--${name}`, spec, queue), found);
}

function readShort(letters: string, queue: string[], table: OptionTable, found: Found): void {
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at];
    const hit = Object.entries(table).find(([, spec]) => spec.short === letter);
    if (!hit) throw unknownOption(`-${letter}`, table);
    const [name, spec] = hit;
    if (spec.kind === "flag") {
      store(name, spec, undefined, found);
      continue;
    }
    const rest = letters.slice(at + 1).replace(/^=/, "");
    store(name, spec, rest === "" ? takeValue(`-${letter}`, spec, queue) : rest, found);
    return;
  }
}

function takeValue(shown: string, spec: OptionSpec, queue: string[]): string | undefined {
  if (spec.kind === "flag") return undefined;
  if (spec.bare !== undefined) return spec.bare;
  const value = queue.shift();
  if (value === undefined)
    throw cliError("USAGE", `${shown} needs a value`, { hint: `write ${shown} ${spec.value ?? "VALUE"}` });
  return value;
}

function store(name: string, spec: OptionSpec, value: string | undefined, found: Found): void {
  switch (spec.kind) {
    case "flag":
      found.set(name, readBoolean(name, value));
      return;
    case "value":
      found.set(name, value ?? "");
      return;
    case "list": {
      const list = found.get(name);
      if (Array.isArray(list)) list.push(value ?? "");
      else found.set(name, [value ?? ""]);
      return;
    }
  }
}

function readBoolean(name: string, value: string | undefined): boolean {
  const given = value === undefined ? true : parseBoolean(value);
  if (given !== undefined) return given;
  throw cliError("USAGE", `--${name}=${value} is neither true nor false`, {
    hint: `write --${name} or --${name}=false`,
  });
}

function unknownOption(shown: string, table: OptionTable): Error {
  const guess = shown.startsWith("--") ? nearest(shown.slice(2), Object.keys(table)) : undefined;
  return cliError("USAGE", `unknown option ${shown}`, {
    hint: guess ? `did you mean --${guess}?` : "tsbuild COMMAND --help lists the options",
  });
}
