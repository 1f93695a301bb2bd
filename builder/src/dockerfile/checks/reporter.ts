import type { CheckWarning, Place, Report, Rule } from "./rule.ts";
import { type CheckOptions, mergeCheckOptions, ownCheckOptions } from "./options.ts";

/** Collects what checks find, less what is skipped. */
export interface Reporter {
  readonly report: Report;
  readonly warnings: readonly CheckWarning[];
}

export function createReporter(options: CheckOptions): Reporter {
  const warnings: CheckWarning[] = [];
  return {
    warnings,
    report: (rule, detail, at) => {
      const merged = mergeCheckOptions(options, ownCheckOptions(at.scanned.comments));
      if (!isOn(rule, merged)) return;
      warnings.push({ ...pick(rule), detail, ...linesOf(at) });
    },
  };
}

function isOn(rule: Rule, options: CheckOptions): boolean {
  if (rule.isExperimental === true) return options.experimentalAll || options.experimental.has(rule.name);
  return !options.skipAll && !options.skip.has(rule.name);
}

function pick({ name, description, url }: Rule): Pick<CheckWarning, "rule" | "description" | "url"> {
  return { rule: name, description, url };
}

function linesOf({ scanned, line }: Place): Pick<CheckWarning, "startLine" | "endLine"> {
  return { startLine: line ?? scanned.startLine, endLine: line ?? scanned.endLine };
}
