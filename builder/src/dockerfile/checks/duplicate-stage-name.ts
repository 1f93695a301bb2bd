import { quote } from "../expand/quote.ts";
import type { Dockerfile } from "../stages.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const duplicateStageName: Rule = rule("DuplicateStageName", "Stage names should be unique");

export function checkDuplicateStageName({ stages }: Dockerfile, report: Report): void {
  const seen = new Set<string>();
  for (const { from } of stages) {
    const name = from.stageName;
    if (name === undefined) continue;
    if (seen.has(name))
      report(duplicateStageName, `Duplicate stage name ${quote(name)}, stage names should be unique`, from);
    seen.add(name);
  }
}
