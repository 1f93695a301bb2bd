import { chainOf, type Layer } from "@tsbuild/layers";
import type { EmitEvent } from "../events.ts";
import type { BuildGraph } from "../graph/step.ts";
import { assembleImage } from "../image/assemble.ts";
import { redateChain } from "../image/redate.ts";
import type { BuilderPorts } from "../ports.ts";
import type { BuildRequest, BuildResult } from "../request.ts";
import type { RunTask } from "../task.ts";
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
  const { store, layers, lease, clock } = ports;
  const { reproducible = false } = request;
  const { changed } = request.context;
  const committed = changed?.by === "commit" ? changed.seconds : 0;
  const epoch = graph.output.epoch ?? (reproducible ? committed : undefined);
  if (chainOf(top).some(({ id }) => isUnpacked(store.layers.get(id)))) await beforeWork();
  const image = await task("exporting layers", async () => {
    const which = reproducible ? "all" : "directories";
    const dated =
      epoch === undefined ? top : await redateChain(graph, top, { store, layers, epoch, which, beforeWork });
    const times = { epoch, isExact: reproducible };
    return assembleImage({ output: graph.output, top: dated, store, lease, times });
  });
  const local = await task("writing image", () => image.manifest());
  const exported: Exported[] = [];
  for (const each of request.exports) {
    request.signal.throwIfAborted();
    const done = await exportTo(each, { image, local, ports, request, emit, task, beforeWork });
    exported.push(done);
    const { isPublished: _, ...shown } = done;
    emit({ kind: "exported", timeMs: clock.now(), configDigest: image.config.digest, ...shown });
  }
  const manifest = exported.find((done) => done.isPublished)?.manifest ?? local.manifest;
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
