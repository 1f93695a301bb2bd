import type { Dockerfile } from "../stages.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const consistentInstructionCasing: Rule = rule(
  "ConsistentInstructionCasing",
  "All commands within the Dockerfile should use the same casing (either upper or lower)",
);

/** The majority decides; keywords of mixed case have no vote, and a tie is for capitals. */
export function checkConsistentInstructionCasing({ stages }: Dockerfile, report: Report): void {
  const all = stages.flatMap(({ from, instructions }) => [from, ...instructions]);
  const keywords = all.map(({ scanned }) => scanned.keyword.text);
  const lower = keywords.filter((keyword) => keyword === keyword.toLowerCase()).length;
  const upper = keywords.filter((keyword) => keyword === keyword.toUpperCase()).length;
  const wanted = lower > upper ? "lowercase" : "uppercase";
  for (const instruction of all) {
    const { text } = instruction.scanned.keyword;
    const isRight = wanted === "lowercase" ? text === text.toLowerCase() : text === text.toUpperCase();
    if (!isRight)
      report(
        consistentInstructionCasing,
        `Command '${text}' should match the case of the command majority (${wanted})`,
        instruction,
      );
  }
}
