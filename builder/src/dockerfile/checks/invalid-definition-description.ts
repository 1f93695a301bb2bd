import type { Instruction } from "../instruction.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const invalidDefinitionDescription: Rule = rule(
  "InvalidDefinitionDescription",
  "Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`. If this is not intended to be a description comment, add an empty line or comment between the instruction and the comment.",
  { isExperimental: true },
);

/** The comment right above an ARG or a named FROM must start with a name that it defines. */
export function checkInvalidDefinitionDescription(instruction: Instruction, report: Report): void {
  const names = definedBy(instruction);
  const [first] = names;
  const comment = instruction.scanned.comments.at(-1);
  if (first === undefined || comment === undefined) return;
  if (names.includes(comment.split(" ", 1)[0] ?? "")) return;
  const example = names.length > 1 ? "<arg_key>" : first;
  const keyword = instruction.kind === "from" ? "FROM" : "ARG";
  report(
    invalidDefinitionDescription,
    `Comment for ${keyword} should follow the format: \`# ${example} <description>\``,
    instruction,
  );
}

function definedBy(instruction: Instruction): readonly string[] {
  if (instruction.kind === "arg") return instruction.args.map(({ name }) => name);
  return instruction.kind === "from" && instruction.stageName !== undefined ? [instruction.stageName] : [];
}
