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
    readonly declared: (name: string) => boolean;
    readonly known: ReadonlyMap<string, unknown>;
  },
  report: Report,
): void {
  for (const name of unmatched) {
    if (declared(name)) continue;
    const detail = (): string => {
      const found = nearest(name, known.keys());
      const suggestion = found === undefined ? "" : ` (did you mean $${found}?)`;
      return `Usage of undefined variable '$${name}'${suggestion}`;
    };
    report(undefinedVar, detail, at);
  }
}
