import type { Source } from "../dockerfile/scan/lines.ts";
import type { Checked } from "../graph/check.ts";
import { type CallLocation, linesOf, locationOfLines } from "./location.ts";
import { renderLines } from "./render-lines.ts";

/** What `--call check,format=json` prints: BuildKit's LintResults. */
export interface CheckReport {
  readonly warnings: readonly {
    readonly ruleName: string;
    readonly description: string;
    readonly url: string;
    readonly detail: string;
    readonly location: CallLocation;
  }[];
  readonly sources: readonly CheckedSource[];
  /** Why the Dockerfile could not be built; missing when it could. */
  readonly buildError?: { readonly message: string; readonly location?: CallLocation };
}

interface CheckedSource {
  readonly filename: string;
  readonly language: "Dockerfile";
  /** Base64, as Go writes bytes. */
  readonly data: string;
}

/** The outcome of `check()` as BuildKit reports it, by line. That `error=true` forbids warnings is no error here. */
export function checkReport(checked: Extract<Checked, { kind: "checked" }>, source: Source): CheckReport {
  const { warnings, error } = checked;
  const location = error?.location;
  const isBroken = error !== undefined && !checked.isViolation;
  return {
    warnings: warnings
      .toSorted((left, right) => left.startLine - right.startLine)
      .map((warning) => ({
        ruleName: warning.rule,
        description: warning.description,
        url: warning.url,
        detail: warning.detail,
        location: locationOfLines(warning),
      })),
    sources: [
      {
        filename: source.file,
        language: "Dockerfile",
        data: Buffer.from(source.text).toString("base64"),
      },
    ],
    ...(isBroken && {
      buildError: {
        message: error.message,
        ...(location && {
          location: locationOfLines({
            startLine: location.line,
            endLine: location.endLine ?? location.line,
          }),
        }),
      },
    }),
  };
}

/** The report for people: each warning with its page, sentence and lines. */
export function renderCheck(report: CheckReport, source: Source): string {
  const { warnings, buildError } = report;
  const found = warnings.map(
    ({ ruleName, url, detail, location }) =>
      `\nWARNING: ${ruleName} - ${url}\n${detail}\n${renderLines(source, linesOf(location))}`,
  );
  if (buildError !== undefined) return found.join("");
  return `${summary(warnings.length)}\n${found.join("")}`;
}

function summary(count: number): string {
  if (count === 0) return "Check complete, no warnings found.";
  return count === 1
    ? "Check complete, 1 warning has been found!"
    : `Check complete, ${count} warnings have been found!`;
}
