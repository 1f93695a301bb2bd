import type { ExposeInstruction } from "../instruction.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const exposeInvalidFormat: Rule = rule(
  "ExposeInvalidFormat",
  "IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a future release",
);

export function checkExposeInvalidFormat(
  instruction: ExposeInstruction,
  { port, hasHost }: { readonly port: string; readonly hasHost: boolean },
  report: Report,
): void {
  if (hasHost)
    report(
      exposeInvalidFormat,
      `EXPOSE instruction should not define an IP address or host-port mapping, found '${port}'`,
      instruction,
    );
}
