import fc from "fast-check";
import { createIndexBuilder } from "../src/layer-index/index-builder.ts";
import { entriesOf, type TreeLine } from "./trees.ts";

// Few names, some of which sort around "/", so that entries get in each other's way.
const names = fc.constantFrom("a", "a-", "b", "\xff");
const paths = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const modes = fc.constantFrom(0o644, 0o755, 0o4755, 0o1777, 0o700);

const line: fc.Arbitrary<TreeLine> = fc.oneof(
  fc.tuple(paths, modes).map(([path, mode]): TreeLine => [`${path}/`, { mode }]),
  fc
    .tuple(paths, modes, fc.constantFrom("x", "y", "longer"))
    .map(([path, mode, content]): TreeLine => [`${path}: ${content}`, { mode }]),
  fc.tuple(paths, fc.constantFrom("a", "/b", "../a", "none")).map(([path, target]) => `${path} -> ${target}`),
  fc.tuple(paths, paths).map(([path, target]) => `${path} = ${target}`),
  fc.tuple(paths, modes).map(([path, mode]): TreeLine => [path, { type: "fifo", mode }]),
);

const marker: fc.Arbitrary<TreeLine> = fc.oneof(
  paths.map((path) => path.replace(/[^/]*$/, ".wh.$&")),
  paths.map((path) => `${path}/.wh..wh..opq`),
);

/** The lines of one layer that a builder accepts, in any order; "whole" has no whiteouts. */
export function randomLines(kind: "whole" | "layer"): fc.Arbitrary<TreeLine[]> {
  const any =
    kind === "whole" ? line : fc.oneof({ weight: 3, arbitrary: line }, { weight: 1, arbitrary: marker });
  return fc.array(any, { maxLength: 10 }).map(accepted);
}

/** Leaves out what a builder refuses where it stands. */
function accepted(lines: readonly TreeLine[]): TreeLine[] {
  const kept: TreeLine[] = [];
  for (const candidate of lines)
    try {
      const builder = createIndexBuilder();
      for (const { entry } of entriesOf([...kept, candidate])) builder.add(entry, 0);
      kept.push(candidate);
    } catch {
      // Refused: a link to nothing, an entry below a file.
    }
  return kept;
}
