import { instructionRanges, scan } from "@tsbuild/builder";
import { rangeOf, readSource } from "@tsbuild/builder/testing";
import { readJsonLines } from "../row.ts";

/** Where dockerfile-ast and our scanner put the parts of the oracle's instructions. It informs: meaning is never taken from it. */
export async function compareRanges(data: string): Promise<readonly string[]> {
  const differences: string[] = [];
  let same = 0;
  for (const { name, dockerfile, parse_error: error } of readJsonLines<{
    name: string;
    dockerfile: string;
    parse_error?: string;
  }>(data, "oracle/dockerfiles.jsonl")) {
    if (error !== undefined) continue;
    const file = scan(readSource("Dockerfile", dockerfile));
    for (const scanned of file.instructions) {
      const found = await instructionRanges(file, scanned);
      const { keyword, rest, segments, startLine } = scanned;
      const start = rangeOf(segments, rest.start, rest.end);
      const ours = [
        keyword.start < keyword.end,
        rest.end > keyword.end && [start.startLine, start.startColumn],
      ];
      const theirs = [
        found !== undefined,
        found?.arguments !== undefined && [found.arguments.startLine, found.arguments.startColumn],
      ];
      if (JSON.stringify(ours) === JSON.stringify(theirs)) same++;
      else
        differences.push(
          `${name}:${startLine}: ours ${JSON.stringify(ours)}, dockerfile-ast ${JSON.stringify(theirs)}`,
        );
    }
  }
  return [`ranges of dockerfile-ast: ${same} agree, ${differences.length} differ`, ...differences];
}
