import { chainOf, type Layer } from "@tsbuild/layers";
import type { BuildGraph } from "../graph/step.ts";
import { type AssembledImage, assembleImage, type PackedImage } from "../image/assemble.ts";
import { redateChain, type RedatedChain } from "../image/redate.ts";
import type { RedatedLayers } from "../image/step-times.ts";
import type { BuilderPorts } from "../ports.ts";
import type { BuildRequest, ExportTimes } from "../request.ts";
import type { RunTask } from "../task.ts";

/** An image with the times that an output wants. */
export interface DatedImage {
  readonly image: AssembledImage;
  /** As the local store has it. */
  readonly local: PackedImage;
  /** What files that are exported as such are dated with: the time that the output or the build was given. */
  readonly epoch: number | undefined;
}

export interface DatedImagesOptions {
  readonly graph: BuildGraph;
  readonly top: Layer | undefined;
  readonly request: Pick<BuildRequest, "context" | "reproducible">;
  readonly ports: Pick<BuilderPorts, "store" | "layers" | "lease">;
  readonly task: RunTask;
  readonly beforeWork: () => Promise<void>;
}

interface Times {
  /** Of the image and its history. */
  readonly created: number | undefined;
  /** Of the files in new layers. */
  readonly files: number | undefined;
  readonly layers: RedatedLayers;
  readonly given: number | undefined;
}

/** Makes the image of solved layers, once for all outputs that want the same times. */
export function createDatedImages(options: DatedImagesOptions): (times?: ExportTimes) => Promise<DatedImage> {
  const made = new Map<string, Promise<DatedImage>>();
  return (wanted = {}) => {
    const times = timesFor(wanted, options);
    const key = JSON.stringify(times);
    const image = made.get(key) ?? makeImage(times, options);
    made.set(key, image);
    return image;
  };
}

/** As in BuildKit the time that the build was given dates the image in any case; that of an output can only be an older one. */
function timesFor({ epoch, rewrite = false }: ExportTimes, { graph, request }: DatedImagesOptions): Times {
  const { context, reproducible = false } = request;
  const committed = context.changed?.by === "commit" ? context.changed.seconds : 0;
  const own = epoch === "none" ? undefined : epoch;
  const given = epoch === "none" ? undefined : (own ?? graph.output.epoch);
  const whole = graph.output.epoch ?? (reproducible ? committed : undefined);
  const known = [whole, own].filter((seconds) => seconds !== undefined);
  const created = known.length === 0 ? undefined : Math.min(...known);
  if (reproducible) return { created, given, files: created, layers: "all" };
  return rewrite && given !== undefined
    ? { created, given, files: given, layers: "young" }
    : { created, given, files: whole, layers: "directories" };
}

async function makeImage(times: Times, options: DatedImagesOptions): Promise<DatedImage> {
  const { graph, ports, task } = options;
  const { store, lease } = ports;
  const { created, files, layers } = times;
  const image = await task("exporting layers", async () => {
    const { top, firstNew } = await redated(times, options);
    return assembleImage({
      output: graph.output,
      top,
      store,
      lease,
      times: { epoch: created, isExact: layers === "all" },
      ...(layers === "young" && files !== undefined && { rewritten: { firstNew, epoch: files } }),
    });
  });
  return { image, epoch: times.given, local: await task("writing image", () => image.manifest()) };
}

async function redated(
  { files: epoch, layers: which }: Times,
  { graph, top, ports, beforeWork }: DatedImagesOptions,
): Promise<RedatedChain> {
  if (epoch === undefined) return { top, firstNew: chainOf(top).length };
  const { store, layers } = ports;
  return redateChain(graph, top, { store, layers, epoch, which, beforeWork });
}
