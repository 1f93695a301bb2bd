import type { Instruction as AstInstruction } from "dockerfile-ast";
import type { SourceRange } from "./place.ts";
import type { ScannedFile, ScannedInstruction } from "./scan/scan.ts";

/** A `$NAME` of an instruction. */
export interface VariableRange {
  readonly name: string;
  readonly range: SourceRange;
}

/** Where the parts of one instruction stand, for carets and editors. Nothing is built from these. */
export interface InstructionRanges {
  readonly keyword: SourceRange;
  /** The words behind keyword and flags; undefined when there are none. */
  readonly arguments: SourceRange | undefined;
  readonly variables: readonly VariableRange[];
}

/**
 * Asks dockerfile-ast for the ranges of one instruction. It is given that instruction alone: on whole files it is
 * slow in places, and what it takes for one instruction is not always what BuildKit does. So the meaning always
 * comes from our own scanner, and an instruction that the two read differently has no ranges.
 */
export async function instructionRanges(
  file: Pick<ScannedFile, "source" | "escape">,
  scanned: ScannedInstruction,
): Promise<InstructionRanges | undefined> {
  const { DockerfileParser } = await import("dockerfile-ast");
  const lines = file.source.text
    .replace(/^\ufeff/, "")
    .split("\n")
    .slice(scanned.startLine - 1, scanned.endLine);
  // Two lines in front: it must know the escape character, and without a FROM its variables recurse without end.
  const text = `# escape=${file.escape}\nFROM scratch\n${lines.join("\n")}`;
  const [, instruction, ...others] = DockerfileParser.parse(text).getInstructions();
  if (instruction === undefined || others.length > 0) return undefined;
  if (instruction.getInstruction() !== scanned.keyword.text) return undefined;
  return rangesOf(instruction, scanned.startLine - 2);
}

interface AstRange {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

function rangesOf(instruction: AstInstruction, offset: number): InstructionRanges {
  const moved = ({ start, end }: AstRange): SourceRange => ({
    // Its lines count from 0, and two are not of the file.
    startLine: start.line + offset,
    startColumn: start.character + 1,
    endLine: end.line + offset,
    endColumn: end.character + 1,
  });
  const given = instruction.getArgumentsRange();
  return {
    keyword: moved(instruction.getInstructionRange()),
    arguments: given === null ? undefined : moved(given),
    variables: instruction.getVariables().map((variable) => ({
      name: variable.getName(),
      range: moved(variable.getRange()),
    })),
  };
}
