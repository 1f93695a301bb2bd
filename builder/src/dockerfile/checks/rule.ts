import type { ScannedInstruction } from "../scan/scan.ts";

/** A check of Dockerfiles, with the name, words and page that BuildKit gives it. */
export interface Rule {
  readonly name: string;
  readonly description: string;
  readonly url: string;
  /** Off unless the file or the user turns it on. */
  readonly isExperimental?: boolean;
}

/** What a check found. */
export interface CheckWarning {
  readonly rule: string;
  readonly description: string;
  readonly url: string;
  readonly detail: string;
  /** Both ends inclusive, from 1. */
  readonly startLine: number;
  readonly endLine: number;
}

/** Takes what checks find; what the file or the instruction skips goes no further, and no one asks for its words. */
export type Report = (rule: Rule, detail: string | (() => string), at: Place) => void;

/** The instruction that is meant, or one line of it. */
export interface Place {
  readonly scanned: ScannedInstruction;
  readonly line?: number;
}

const pages = "https://docs.docker.com/go/dockerfile/rule/";

/** A rule whose page is named like the rule. */
export function rule(name: string, description: string, more: Pick<Rule, "isExperimental"> = {}): Rule {
  const page = name
    .replace(/([a-z])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
  return { name, description, url: `${pages}${page}/`, ...more };
}
