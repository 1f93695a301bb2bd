import { type Platform, parsePlatform } from "@tsbuild/layers";
import { TsbuildError } from "@tsbuild/runner-native";
import { checkFromPlatformFlagConstDisallowed } from "../../dockerfile/checks/from-platform-flag-const-disallowed.ts";
import { checkInvalidDefaultArgInFrom } from "../../dockerfile/checks/invalid-default-arg-in-from.ts";
import { checkRedundantTargetPlatform } from "../../dockerfile/checks/redundant-target-platform.ts";
import type { Report } from "../../dockerfile/checks/rule.ts";
import { type Expansion, expand } from "../../dockerfile/expand/expand.ts";
import type { FromInstruction } from "../../dockerfile/instruction.ts";
import type { Dockerfile } from "../../dockerfile/stages.ts";
import type { LowerOptions } from "../options.ts";
import { globalVariables } from "./variables.ts";

/** The checks of `FROM --platform`. */
export function checkPlatformFlag(
  from: FromInstruction,
  { text, matched, unmatched }: Expansion,
  { options, variables }: { readonly options: LowerOptions; readonly variables: ReadonlyMap<string, string> },
): void {
  const report = options.checks?.report;
  if (report === undefined || from.platform === undefined) return;
  const targetPlatform = variables.get("TARGETPLATFORM");
  checkRedundantTargetPlatform(
    from,
    { platform: from.platform, text, matched, unmatched, targetPlatform },
    report,
  );
  const platform = platformOrNothing(text, options.buildPlatform);
  if (matched.size === 0 && unmatched.size === 0 && platform !== undefined)
    checkFromPlatformFlagConstDisallowed(from, { text, platform }, report);
}

function platformOrNothing(text: string, local: Platform): Platform | undefined {
  try {
    return parsePlatform(text, local);
  } catch (error) {
    if (!(error instanceof TsbuildError)) throw error;
    // It is refused when the stage is made.
    return undefined;
  }
}

/** What the bases would be without any build argument. Words that cannot be expanded are refused elsewhere. */
export function checkDefaultBases(
  dockerfile: Dockerfile,
  platform: ReadonlyMap<string, string>,
  report: Report,
): void {
  try {
    const variables = globalVariables(dockerfile, platform, {});
    for (const { from } of dockerfile.stages) {
      const { text } = expand(from.base.text, variables, { escape: dockerfile.escape });
      checkInvalidDefaultArgInFrom(from, text, report);
    }
  } catch (error) {
    if (!(error instanceof TsbuildError)) throw error;
  }
}
