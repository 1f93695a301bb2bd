import type { ContentCheck, Digest } from "@tsbuild/layers";
import { textFromBytes, type TreePath } from "@tsbuild/runner-native";
import { builderError } from "../../errors.ts";
import type { OpenContext } from "../context/contexts.ts";

/**
 * Compares the bytes that go into a layer with those that its key was made of: a context is read in place and may change.
 * Undefined where no context is read. The check throws SOURCE_CHANGED.
 */
export function checkOfContents(contexts: readonly OpenContext[]): ContentCheck | undefined {
  if (contexts.length === 0) return undefined;
  const byView = new Map(contexts.map((context) => [context.view, context]));
  return ({ view, path }, written) => {
    const context = byView.get(view);
    if (context) verifyDigest(context, path, written);
  };
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
