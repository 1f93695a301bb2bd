import { quote } from "../expand/quote.ts";
import type { Dockerfile } from "../stages.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const reservedStageName: Rule = rule(
  "ReservedStageName",
  "Reserved words should not be used as stage names",
);

export function checkReservedStageName({ stages }: Dockerfile, report: Report): void {
  for (const { from } of stages) {
    const name = from.stageName;
    if (name === "context" || name === "scratch")
      report(
        reservedStageName,
        `Stage name should not use the same name as reserved stage ${quote(name)}`,
        from,
      );
  }
}
