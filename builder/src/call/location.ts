import type { SourceSpan } from "../graph/step.ts";

/** Lines of the Dockerfile in the form of BuildKit's `pb.Location`: one range for each line, lines from 1. */
export interface CallLocation {
  readonly ranges: readonly {
    readonly start: { readonly line: number };
    readonly end: { readonly line: number };
  }[];
}

export function locationOfLines({ startLine, endLine }: SourceSpan): CallLocation {
  const count = Math.max(1, endLine - startLine + 1);
  return {
    ranges: Array.from({ length: count }, (_, index) => {
      const line = startLine + index;
      return { start: { line }, end: { line } };
    }),
  };
}

/** The lines from the first to the last of a location. */
export function linesOf({ ranges }: CallLocation): SourceSpan {
  return { startLine: ranges[0]?.start.line ?? 1, endLine: ranges.at(-1)?.end.line ?? 1 };
}
