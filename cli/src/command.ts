import type { OptionTable, ParsedArgs, ParseOptions } from "./options/args.ts";
import { parseArgs } from "./options/args.ts";
import type { Terminal } from "./terminal.ts";

/** One verb of the command line. `run` resolves to the exit code. */
export interface Command {
  readonly name: string;
  /** What follows the name in the usage line. */
  readonly usage: string;
  readonly summary: string;
  readonly options: OptionTable;
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<number>;
}

interface CommandDefinition<Table extends OptionTable> {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly options: Table;
  readonly parsing?: ParseOptions;
  readonly run: (parsed: ParsedArgs<Table & typeof globalOptions>, terminal: Terminal) => Promise<number>;
}

/** Options that every command has. */
export const globalOptions = {
  root: {
    kind: "value",
    value: "DIR",
    help: "store directory (default: $TSBUILD_ROOT, else the user's own)",
  },
  help: { kind: "flag", short: "h", help: "show this help" },
} as const;

/** Joins a command's own options with the global ones and answers `--help`. */
export function defineCommand<const Table extends OptionTable>(
  definition: CommandDefinition<Table>,
): Command {
  const options = { ...definition.options, ...globalOptions };
  const command: Command = {
    name: definition.name,
    usage: definition.usage,
    summary: definition.summary,
    options,
    run: async (args, terminal) => {
      const parsed = parseArgs(args, options, definition.parsing ?? {});
      if (parsed.options.help === true) {
        terminal.out(helpOf(command));
        return 0;
      }
      return definition.run(parsed as ParsedArgs<Table & typeof globalOptions>, terminal);
    },
  };
  return command;
}

/** The help page of a command. */
export function helpOf({ name, usage, summary, options }: Command): string {
  const rows = Object.entries(options).map(([long, spec]) => {
    const short = spec.short === undefined ? "    " : `-${spec.short}, `;
    const value =
      spec.kind === "flag"
        ? ""
        : spec.bare === undefined
          ? ` ${spec.value ?? "VALUE"}`
          : `[=${spec.value ?? "VALUE"}]`;
    return [`  ${short}--${long}${value}`, spec.help] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  const lines = rows.map(([left, help]) => `${left.padEnd(width)}${help}\n`).join("");
  return `Usage: tsbuild ${name}${usage === "" ? "" : ` ${usage}`}\n\n${summary}\n\nOptions:\n${lines}`;
}
