import type { Source } from "../dockerfile/scan/lines.ts";
import { visible } from "../dockerfile/render.ts";
import type { SourceSpan } from "../graph/step.ts";

/** Lines shown around the marked ones: four in all around a single line, else two. */
const padding = { one: 4, several: 2 } as const;
const bar = "--------------------";

/** Lines of a Dockerfile between two bars, as buildx shows what a check found: `>>>` before those that are meant. */
export function renderLines({ file, text }: Source, { startLine, endLine }: SourceSpan): string {
  // What comes later is never shown: a thousand warnings must not read a large file a thousand times.
  const lines = text.split("\n", endLine + padding.one + 1);
  const last = Math.min(endLine, lines.length);
  const shown = widened({ startLine, endLine: last }, lines.length);
  const rows = lines.slice(shown.startLine - 1, shown.endLine).map((line, index) => {
    const number = shown.startLine + index;
    const mark = number >= startLine && number <= last ? ">>>" : "   ";
    return ` ${String(number).padStart(3)} | ${mark} ${visible(line.replace(/\r$/, ""))}`;
  });
  return [`${file}:${startLine}`, bar, ...rows, bar, ""].join("\n");
}

/** Each round adds a line on both sides where there is one, and counts once more by itself: so buildx does. */
function widened({ startLine, endLine }: SourceSpan, count: number): SourceSpan {
  const wanted = startLine === endLine ? padding.one : padding.several;
  let [start, end] = [startLine, endLine];
  for (let added = 0; added < wanted; added++) {
    if (start > 1) {
      start--;
      added++;
    }
    if (end < count) {
      end++;
      added++;
    }
  }
  return { startLine: start, endLine: end };
}
