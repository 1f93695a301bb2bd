import { bytesFromText, openRootDir } from "@tsbuild/runner-native";
import { createExtraction } from "../src/layer/extract.ts";
import { createIndexBuilder, plainDirectory } from "../src/layer-index/index-builder.ts";
import { overlayMarks } from "../src/layer-index/overlay-marks.ts";
import { entriesOf, type TreeLine } from "./trees.ts";

/** Makes the tree that lines stand for in an empty directory; everything belongs to who runs the test. */
export function extractLines(directory: string, lines: readonly TreeLine[]): void {
  using root = openRootDir(bytesFromText(directory));
  const builder = createIndexBuilder();
  using extraction = createExtraction(root, { builder, marks: overlayMarks(), ownership: "single" });
  for (const { entry, content } of entriesOf(lines)) {
    extraction.entry(entry, 0);
    extraction.data(content);
  }
  extraction.end();
  extraction.complete(
    builder.finish(() => plainDirectory),
    plainDirectory,
  );
}
