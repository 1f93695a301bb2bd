import { nearest } from "../suggest.ts";
import { type Place, type Report, type Rule, rule } from "./rule.ts";

export const undefinedVar: Rule = rule("UndefinedVar", "Variables should be defined before their use");

export function checkUndefinedVar(
  at: Place,
  {
    unmatched,
    declared,
    known,
  }: {
    readonly unmatched: ReadonlySet<string>;
    /** ARGs without a value are fine. */
    readonly declared: ReadonlySet<string>;
    readonly known: Iterable<string>;
  },
  report: Report,
): void {
  for (const name of unmatched) {
    if (declared.has(name)) continue;
    const found = nearest(name, known);
    const suggestion = found === undefined ? "" : ` (did you mean $${found}?)`;
    report(undefinedVar, `Usage of undefined variable '$${name}'${suggestion}`, at);
  }
}
