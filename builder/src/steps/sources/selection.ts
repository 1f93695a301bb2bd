import type { CopySelection, SourceMatch } from "@tsbuild/layers";
import type { TreePath } from "@tsbuild/runner-native";
import type { PathCursor } from "../../dockerfile/ignore/path-matcher.ts";
import { builderError } from "../../errors.ts";
import type { CopyStep } from "../../graph/step.ts";

/** One thing that a source of COPY or ADD names, and the part of it that counts. */
export interface SelectedSource {
  readonly match: SourceMatch;
  readonly selection: CopySelection | undefined;
}

export interface SelectOptions extends Pick<CopyStep, "exclude" | "parents"> {
  /** What the tree is called in an error: `the build context`. */
  readonly where: string;
}

/** Patterns of --exclude on the paths below a source. */
export type Excluder = (relative: TreePath) => PathCursor;

/** A path that is named and not there, in BuildKit's words and where it was looked for. */
export function missingSource(pattern: string, where: string): Error {
  const sentence = `failed to calculate checksum of ref: ${JSON.stringify(`/${pattern}`)}: not found in ${where}`;
  return builderError("SOURCE_MISSING", sentence, {
    hint: "paths are relative to the root of the context or stage; .dockerignore may exclude it",
  });
}
