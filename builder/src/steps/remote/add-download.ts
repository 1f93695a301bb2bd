import { closeSync, fstatSync, openSync } from "node:fs";
import { blankMetadata, type Layer } from "@tsbuild/layers";
import { bytesFromText, type TreePath } from "@tsbuild/runner-native";
import type { HttpStep } from "../../graph/step.ts";
import { urlOf } from "./remote-files.ts";
import type { StepTools } from "../step-tools.ts";

/** As BuildKit: what comes from the web is for root alone, until --chmod says otherwise. */
const mode = 0o600;

/** A downloaded file as a layer of its own, in the root of the tree. */
export async function addDownload(
  step: HttpStep,
  { layers, remotes }: Pick<StepTools, "layers" | "remotes">,
  signal: AbortSignal,
): Promise<Layer> {
  const { digest, modifiedSeconds } = remotes.of(step);
  const fd = openSync(await remotes.bytesOf(urlOf(step), digest, signal), "r");
  try {
    const { size } = fstatSync(fd);
    using writer = layers.writer(undefined);
    writer.add(
      {
        ...blankMetadata,
        path: bytesFromText(step.fileName) as TreePath,
        type: "file",
        mode,
        size,
        // As BuildKit: 1970 where the server says nothing.
        mtimeSeconds: Math.max(0, modifiedSeconds ?? 0),
        xattrs: undefined,
      },
      { open: () => ({ fd, offset: 0, size, close: () => undefined }) },
    );
    return await writer.finish();
  } finally {
    closeSync(fd);
  }
}
