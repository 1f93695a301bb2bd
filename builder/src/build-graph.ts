import { formatPlatform, type Platform } from "@tsbuild/layers";
import { parseDockerfile } from "./dockerfile/stages.ts";
import { lower } from "./graph/lower.ts";
import type { LowerOptions, NeededImage } from "./graph/options.ts";
import type { BuildGraph, ResolvedBase } from "./graph/step.ts";
import type { ImageSource } from "./ports.ts";
import type { BuildRequest } from "./request.ts";
import { placeAt } from "./steps/step-place.ts";
import type { RunTask } from "./task.ts";

export interface GraphOptions {
  readonly request: BuildRequest;
  readonly images: ImageSource;
  readonly hostPlatform: Platform;
  readonly task: RunTask;
  readonly signal: AbortSignal;
}

export interface LoadedGraph {
  readonly graph: BuildGraph;
  /** The images that the graph starts from, by digest. */
  readonly bases: ReadonlyMap<string, ResolvedBase>;
}

/** Reads the Dockerfile and resolves every image it needs, those that ONBUILD triggers bring in too. */
export async function loadGraph(options: GraphOptions): Promise<LoadedGraph> {
  const { request, task } = options;
  const { name, text } = request.dockerfile;
  const dockerfile = await task(`[internal] load build definition from ${name}`, async () =>
    parseDockerfile(name, text),
  );
  const known = new Map<string, ResolvedBase>();
  for (;;) {
    const lowered = lower(dockerfile, lowerOptions(options), (reference, platform) =>
      known.get(keyOf({ reference, platform })),
    );
    if (lowered.kind === "graph") {
      const bases = new Map([...known.values()].map((base) => [base.digest, base]));
      return { graph: lowered.graph, bases };
    }
    const resolved = await Promise.all(lowered.images.map((image) => resolve(image, options)));
    lowered.images.forEach((image, index) => known.set(keyOf(image), resolved[index] as ResolvedBase));
  }
}

async function resolve(needed: NeededImage, options: GraphOptions): Promise<ResolvedBase> {
  const { images, request, signal, task } = options;
  const { reference, platform, span } = needed;
  try {
    return await task(`[internal] load metadata for ${reference}`, () =>
      images.resolve(reference, platform, { pull: request.pull ?? "missing", signal }),
    );
  } catch (error) {
    throw placeAt({ span }, request.dockerfile.name, error);
  }
}

function keyOf({ reference, platform }: Pick<NeededImage, "reference" | "platform">): string {
  return `${formatPlatform(platform)} ${reference}`;
}

function lowerOptions({ request, hostPlatform }: GraphOptions): LowerOptions {
  const { target, buildArgs, platform, labels, network, namedContexts } = request;
  const contexts = Object.keys(namedContexts ?? {}).map((name) => [name, { kind: "local" }] as const);
  return {
    buildPlatform: hostPlatform,
    contexts: Object.fromEntries(contexts),
    ...(target === undefined ? {} : { target }),
    ...(buildArgs && { buildArgs }),
    ...(platform && { targetPlatform: platform }),
    ...(labels && { labels }),
    ...(network && { network }),
  };
}
