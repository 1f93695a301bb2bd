import type { FromInstruction } from "../instruction.ts";
import { didYouMean } from "../suggest.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const undefinedArgInFrom: Rule = rule("UndefinedArgInFrom", "FROM command must use declared ARGs");

export function checkUndefinedArgInFrom(
  from: FromInstruction,
  {
    unmatched,
    declared,
  }: { readonly unmatched: ReadonlySet<string>; readonly declared: ReadonlySet<string> },
  report: Report,
): void {
  for (const name of unmatched)
    if (!declared.has(name))
      report(
        undefinedArgInFrom,
        () => `FROM argument '${name}' is not declared${didYouMean(name, declared)}`,
        from,
      );
}
