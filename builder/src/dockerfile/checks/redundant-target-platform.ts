import type { FromInstruction } from "../instruction.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const redundantTargetPlatform: Rule = rule(
  "RedundantTargetPlatform",
  "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
);

/** Only when the variable is all that the value is made of. */
export function checkRedundantTargetPlatform(
  from: FromInstruction,
  given: {
    readonly platform: string;
    readonly text: string;
    readonly matched: ReadonlySet<string>;
    readonly unmatched: ReadonlySet<string>;
    readonly targetPlatform: string | undefined;
  },
  report: Report,
): void {
  const isAlone =
    given.matched.size === 1 && given.unmatched.size === 0 && given.matched.has("TARGETPLATFORM");
  if (!isAlone || given.text !== given.targetPlatform) return;
  report(
    redundantTargetPlatform,
    `Setting platform to predefined ${given.platform} in FROM is redundant as this is the default behavior`,
    from,
  );
}
