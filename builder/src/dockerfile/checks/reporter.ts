import type { CheckWarning, Place, Report, Rule } from "./rule.ts";
import { maxWarnings } from "../../limits.ts";
import { type CheckOptions, ownCheckOptions } from "./options.ts";

/** Collects what checks find, less what is skipped. */
export interface Reporter {
  readonly report: Report;
  readonly warnings: readonly CheckWarning[];
}

export function createReporter(options: CheckOptions): Reporter {
  const warnings: CheckWarning[] = [];
  const known = new WeakMap<readonly string[], CheckOptions>();
  const ownOptions = (comments: readonly string[]): CheckOptions => {
    const own = known.get(comments) ?? ownCheckOptions(comments);
    known.set(comments, own);
    return own;
  };
  return {
    warnings,
    report: (rule, detail, at) => {
      if (warnings.length >= maxWarnings || !isOn(rule, [options, ownOptions(at.scanned.comments)])) return;
      const words = typeof detail === "string" ? detail : detail();
      warnings.push({ ...pick(rule), detail: words, ...linesOf(at) });
    },
  };
}

/** What the file and the instruction ask for counts together. */
function isOn({ name, isExperimental }: Rule, options: readonly CheckOptions[]): boolean {
  if (isExperimental === true)
    return options.some(({ experimental, experimentalAll }) => experimentalAll || experimental.has(name));
  return !options.some(({ skip, skipAll }) => skipAll || skip.has(name));
}

function pick({ name, description, url }: Rule): Pick<CheckWarning, "rule" | "description" | "url"> {
  return { rule: name, description, url };
}

function linesOf({ scanned, line }: Place): Pick<CheckWarning, "startLine" | "endLine"> {
  return { startLine: line ?? scanned.startLine, endLine: line ?? scanned.endLine };
}
