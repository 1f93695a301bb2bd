import type { ExposeInstruction } from "../instruction.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const exposeProtoCasing: Rule = rule(
  "ExposeProtoCasing",
  "Protocol in EXPOSE instruction should be lowercase",
);

export function checkExposeProtoCasing(
  instruction: ExposeInstruction,
  { port, protocol }: { readonly port: string; readonly protocol: string },
  report: Report,
): void {
  if (protocol !== protocol.toLowerCase())
    report(
      exposeProtoCasing,
      `Defined protocol '${port}' in EXPOSE instruction should be lowercase`,
      instruction,
    );
}
