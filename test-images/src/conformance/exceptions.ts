import { integrationExceptions } from "./integration/exceptions.ts";

/** A row that we differ from on purpose. One that would pass fails the run: it is to be removed. */
export interface Exception {
  readonly set: string;
  /** The row's name. */
  readonly row: string;
  readonly reason: string;
  /** What the row has to say for the reason to hold; a row that fails otherwise is no exception. */
  readonly problem?: RegExp;
}

export const exceptions: readonly Exception[] = [
  ...integrationExceptions,
  {
    set: "buildkit-lint/cases",
    row: "71 testLegacyKeyValueFormat (called)",
    reason: "the row wants lines 3 and 4, and its own Dockerfile has ENV and LABEL in lines 5 and 6",
  },
  {
    set: "buildkit-lint/rule_docs",
    row: "LegacyKeyValueFormat bad 0",
    reason:
      "`ARG foo bar` declares two arguments: BuildKit's code checks ENV and LABEL only, and the code decides",
  },
  {
    set: "buildkit-lint/rule_docs",
    row: "CopyIgnoredFile bad 0",
    reason: "its .dockerignore stands in the prose, and `*/tmp/*` does not match tmp/helloworld.txt",
  },
  {
    set: "buildkit-lint/rule_docs",
    row: "InvalidDefinitionDescription good 0",
    reason:
      "blank lines do not part a comment from its instruction in BuildKit's parser, and the code decides",
  },
];
