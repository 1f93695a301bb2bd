import {
  type CheckReport,
  listTargets,
  parseDockerfile,
  printDockerfile,
  readSource,
  renderCheck,
  renderLines,
  renderOutline,
  renderSubrequests,
  renderTargets,
  scan,
  subrequests,
} from "@tsbuild/builder";
import type { BuildOptions } from "../build.ts";
import { parseAttributes } from "../options/build-options.ts";
import { callOn } from "../call.ts";
import { cliError } from "../errors.ts";
import { excerptOf } from "../screens/excerpt.ts";
import type { BuildSources } from "../options/source-options.ts";
import type { Terminal } from "../terminal.ts";

/** What `build` is asked to tell instead of building. */
export interface Question {
  readonly about: "check" | "outline" | "targets" | "subrequests" | "graph" | "dockerfile";
  readonly format: "text" | "json";
}

/** The options that ask. */
export interface QuestionOptions {
  readonly call: string | undefined;
  readonly check: boolean | undefined;
  readonly print: string | undefined;
}

/** The question of a command line; undefined when it wants a build. @throws USAGE */
export function questionOf(given: QuestionOptions): Question | undefined {
  const asked = [
    given.call === undefined ? [] : [callOf(given.call)],
    given.check === true ? [{ about: "check", format: "text" } as const] : [],
    given.print === undefined ? [] : [printOf(given.print)],
  ].flat();
  const questions = asked.filter((question) => question !== undefined);
  const [first] = questions;
  if (questions.some(({ about }) => about !== first?.about))
    throw cliError("USAGE", "--call, --check and --print ask different things", {
      hint: "leave one of them",
    });
  return first;
}

/** `NAME[,format=json]` with buildx's names. */
function callOf(text: string): Question | undefined {
  const [name = "", ...rest] = text.split(",");
  const attributes = parseAttributes("--call", rest.length === 0 ? "format=text" : rest.join(","));
  const format = attributes.get("format") ?? "text";
  if ((format !== "text" && format !== "json") || attributes.size > 1)
    throw cliError("USAGE", `--call ${text} has an unknown form`, {
      hint: "there are format=text, format=json",
    });
  switch (name) {
    case "build":
      return undefined;
    case "check":
    case "outline":
    case "targets":
      return { about: name, format };
    case "subrequests.describe":
      return { about: "subrequests", format };
    case "lint":
      return { about: "check", format };
    default:
      throw cliError("USAGE", `there is no call ${JSON.stringify(name)}`, {
        hint: "there are build, check, outline, targets, subrequests.describe",
      });
  }
}

function printOf(text: string): Question {
  if (text === "graph") return { about: text, format: "json" };
  if (text === "dockerfile") return { about: text, format: "text" };
  throw cliError("USAGE", `--print ${text} is nothing to print`, { hint: "there are graph, dockerfile" });
}

/** What is asked about. */
export interface Asked {
  readonly options: BuildOptions;
  readonly sources: BuildSources;
}

/** Prints the answer; the exit code is 1 when a check found something and 2 when the Dockerfile is broken. */
export async function answer(question: Question, asked: Asked, terminal: Terminal): Promise<number> {
  try {
    return await tell(question, asked, terminal);
  } catch (error) {
    if (!terminal.signal.aborted) terminal.err(excerptOf(error, asked.sources.dockerfile));
    throw error;
  }
}

async function tell({ about, format }: Question, asked: Asked, terminal: Terminal): Promise<number> {
  const { options, sources } = asked;
  const { name, text } = sources.dockerfile;
  const show = <Answer>(value: Answer, render: (value: Answer) => string): number => {
    terminal.out(format === "json" ? `${JSON.stringify(value, undefined, 2)}\n` : render(value));
    return 0;
  };
  switch (about) {
    case "targets":
      return show(listTargets(parseDockerfile(name, text)), renderTargets);
    case "subrequests":
      return show(subrequests, renderSubrequests);
    case "dockerfile":
      // Parsed first: what is wrong with a file is said, not printed.
      parseDockerfile(name, text);
      return show(scan(readSource(name, text)), printDockerfile);
    case "check":
    case "outline":
    case "graph":
      break;
  }
  const found = await callOn(about, options, { sources, say: (message) => terminal.err(`${message}\n`) });
  switch (found.kind) {
    case "graph":
      return show(found.graph, (graph) => JSON.stringify(graph));
    case "outline":
      return show(found.outline, renderOutline);
    case "check":
      show(found.report, (report) => renderCheck(report, { file: name, text }));
      return checkedCode(found.report, sources, terminal);
  }
}

/** A broken file is said on standard error as well, where other errors are. */
function checkedCode(report: CheckReport, { dockerfile }: BuildSources, terminal: Terminal): number {
  const { warnings, buildError } = report;
  if (buildError === undefined) return warnings.length > 0 ? 1 : 0;
  const { message, location } = buildError;
  const startLine = location?.ranges[0]?.start.line;
  const endLine = location?.ranges.at(-1)?.end.line;
  if (startLine === undefined || endLine === undefined) terminal.err(`ERROR: ${message}\n`);
  else {
    const source = { file: dockerfile.name, text: dockerfile.text };
    terminal.err(
      `${renderLines(source, { startLine, endLine })}ERROR: ${dockerfile.name}:${startLine}: ${message}\n`,
    );
  }
  return 2;
}
