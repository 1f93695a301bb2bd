import type { Instruction } from "../instruction.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const multipleInstructionsDisallowed: Rule = rule(
  "MultipleInstructionsDisallowed",
  "Multiple instructions of the same type should not be used in the same stage",
);

/** Reported where the earlier one stands: that one has no effect. */
export function checkMultipleInstructionsDisallowed(
  earlier: Instruction | undefined,
  kind: "cmd" | "entrypoint" | "healthcheck",
  report: Report,
): void {
  if (earlier === undefined) return;
  report(
    multipleInstructionsDisallowed,
    `Multiple ${kind.toUpperCase()} instructions should not be used in the same stage because only the last one will be used`,
    earlier,
  );
}
