import type { Platform } from "@tsbuild/layers";
import type { FromInstruction } from "../instruction.ts";
import { quote } from "../expand/quote.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const fromPlatformFlagConstDisallowed: Rule = rule(
  "FromPlatformFlagConstDisallowed",
  "FROM --platform flag should not use a constant value",
);

/** A stage named after its system or architecture is meant to be of that platform. */
export function checkFromPlatformFlagConstDisallowed(
  from: FromInstruction,
  { text, platform }: { readonly text: string; readonly platform: Platform },
  report: Report,
): void {
  const name = from.stageName ?? "";
  if (name.includes(platform.os) || name.includes(platform.architecture)) return;
  report(
    fromPlatformFlagConstDisallowed,
    `FROM --platform flag should not use constant value ${quote(text)}`,
    from,
  );
}
