import { chainOf, type Layer } from "@tsbuild/layers";
import type { EmitEvent } from "../events.ts";
import type { BuildGraph } from "../graph/step.ts";
import type { AssembledImage } from "../image/assemble.ts";
import type { BuilderPorts } from "../ports.ts";
import type { BuildRequest, BuildResult } from "../request.ts";
import type { RunTask } from "../task.ts";
import { createDatedImages } from "./dated-images.ts";
import type { Exported } from "./exporter.ts";
import { exportTo } from "./exporters.ts";
import { metadataOf } from "./metadata.ts";

export interface ExportOptions {
  readonly request: BuildRequest;
  readonly ports: BuilderPorts;
  readonly emit: EmitEvent;
  readonly task: RunTask;
  readonly beforeWork: () => Promise<void>;
}

/** Makes the image of solved layers and gives it to every exporter that was asked for, in their order. */
export async function exportImage(
  graph: BuildGraph,
  top: Layer | undefined,
  { request, ports, emit, task, beforeWork }: ExportOptions,
): Promise<BuildResult> {
  const { store, clock } = ports;
  if (chainOf(top).some(({ id }) => isUnpacked(store.layers.get(id)))) await beforeWork();
  const imageFor = createDatedImages({ graph, top, request, ports, task, beforeWork });
  const common = await imageFor();
  const exported: (Exported & { readonly image: AssembledImage })[] = [];
  for (const each of request.exports) {
    request.signal.throwIfAborted();
    const { image, local, epoch } = "times" in each ? await imageFor(each.times) : common;
    const done = await exportTo(each, { image, local, epoch, ports, request, emit, task, beforeWork });
    exported.push({ ...done, image });
    const { isPublished: _, ...shown } = done;
    emit({ kind: "exported", timeMs: clock.now(), configDigest: image.config.digest, ...shown });
  }
  const published = exported.find(({ isPublished }) => isPublished);
  const image = published?.image ?? common.image;
  const manifest = published?.manifest ?? common.local.manifest;
  return {
    imageId: image.config.digest,
    manifest,
    platform: graph.output.platform,
    metadata: metadataOf({ image, manifest, exported, buildRef: ports.randomHex(12) }),
  };
}

/** True when a tree has to be read to make the layer's tar. */
function isUnpacked(record: ReturnType<BuilderPorts["store"]["layers"]["get"]>): boolean {
  return !record?.diffId || (!record.tar && !record.original);
}
