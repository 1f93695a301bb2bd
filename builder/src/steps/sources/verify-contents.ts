import type { CopyPlan, Digest, LayerWriter } from "@tsbuild/layers";
import { textFromBytes, type TreePath } from "@tsbuild/runner-native";
import { builderError } from "../../errors.ts";
import type { OpenContext } from "../context/contexts.ts";

/**
 * Compares the bytes that went into a layer with those that its key was made of: a context is read in place and may change.
 * @throws SOURCE_CHANGED
 */
export function verifyContents(
  plan: CopyPlan,
  { contentDigests }: Pick<LayerWriter, "contentDigests">,
  contexts: readonly OpenContext[],
): void {
  const byView = new Map(contexts.map((context) => [context.view, context]));
  if (byView.size === 0) return;
  for (const { entry, source } of plan.entries()) {
    const context = source?.kind === "view" ? byView.get(source.view) : undefined;
    if (!context || source?.kind !== "view") continue;
    const written = contentDigests.get(entry.path);
    if (written !== undefined) verifyDigest(context, source.path, written);
  }
}

/** @throws SOURCE_CHANGED */
export function verifyDigest(context: OpenContext, path: TreePath, found: Digest): void {
  const wanted = context.digests.get(path);
  if (wanted === undefined || wanted === found) return;
  context.distrust(path);
  throw sourceChanged(path);
}

function sourceChanged(path: TreePath): Error {
  return builderError(
    "SOURCE_CHANGED",
    `${JSON.stringify(textFromBytes(path))} changed while it was being copied`,
    { hint: "do not change the context during the build" },
  );
}
