import { formatPlatform, formatPlatformFully, normalizePlatform, type Platform } from "@tsbuild/layers";
import { type Place, type Report, type Rule, rule } from "./rule.ts";

export const invalidBaseImagePlatform: Rule = rule(
  "InvalidBaseImagePlatform",
  "Base image platform does not match expected target platform",
);

export function checkInvalidBaseImagePlatform(
  at: Place,
  {
    name,
    expected,
    actual,
  }: { readonly name: string; readonly expected: Platform; readonly actual: Platform },
  report: Report,
): void {
  if (expected.os === actual.os && expected.architecture === actual.architecture) return;
  report(
    invalidBaseImagePlatform,
    `Base image ${name} was pulled with platform "${formatPlatformFully(normalizePlatform(actual))}", expected "${formatPlatform(normalizePlatform(expected))}" for current build`,
    at,
  );
}
