import { textFromBytes } from "@tsbuild/runner-native";
import type { ExportRequest } from "../request.ts";
import { datedView } from "./dated-view.ts";
import type { Exported, ExportTools } from "./exporter.ts";
import { fillDirectory } from "./output-directory.ts";
import { writeTree } from "./write-tree.ts";

/** The files of the image as a directory; they belong to who builds. */
export async function exportToDirectory(
  { destination }: Extract<ExportRequest, { kind: "local" }>,
  { image, epoch, ports, request, emit, task, beforeWork }: ExportTools,
): Promise<Exported> {
  const { layers, randomHex } = ports;
  await beforeWork();
  const { skipped } = await task(`copying files to ${destination}`, async () => {
    using view = datedView(await layers.view(image.top), epoch);
    return fillDirectory(destination, randomHex, (root) =>
      writeTree(view, root, { owners: "own", signal: request.signal }),
    );
  });
  for (const path of skipped)
    emit({
      kind: "notice",
      timeMs: ports.clock.now(),
      message: `the device /${textFromBytes(path)} was left out: only root may make devices`,
    });
  return { exporter: "local", names: [], path: destination };
}
