import { formatPlatform, type Platform } from "@tsbuild/layers";
import type { CheckWarning } from "./dockerfile/checks/rule.ts";
import { parseIgnoreFile } from "./dockerfile/ignore/ignore-file.ts";
import { type Checked, type CheckRequest, check } from "./graph/check.ts";
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
  readonly emitWarning: (warning: CheckWarning) => void;
  readonly signal: AbortSignal;
}

export interface LoadedGraph {
  readonly graph: BuildGraph;
  /** The images that the graph starts from, by digest. */
  readonly bases: ReadonlyMap<string, ResolvedBase>;
}

/** The graph, or the images that must be known first. */
type Looked = Extract<Checked, { kind: "needs" } | { error: undefined }>;

/** Reads and checks the Dockerfile and resolves every image it needs, those that ONBUILD triggers bring in too. */
export async function loadGraph(options: GraphOptions): Promise<LoadedGraph> {
  const { request, task, emitWarning } = options;
  const { name, text, ignore } = request.dockerfile;
  const wanted: CheckRequest = {
    file: name,
    content: text,
    options: lowerOptions(options),
    ...(ignore !== undefined && { ignore: parseIgnoreFile(ignore) }),
  };
  const known = new Map<string, ResolvedBase>();
  const look = (): Looked => {
    const checked = check(wanted, (reference, platform) => known.get(keyOf({ reference, platform })));
    if (checked.kind === "needs") return checked;
    checked.warnings.forEach(emitWarning);
    if (checked.error !== undefined) throw checked.error;
    return checked;
  };
  let looked = await task(`[internal] load build definition from ${name}`, async () => look());
  while (looked.kind === "needs") {
    const { images } = looked;
    const resolved = await Promise.all(images.map((image) => resolve(image, options)));
    images.forEach((image, index) => known.set(keyOf(image), resolved[index] as ResolvedBase));
    looked = look();
  }
  return { graph: looked.graph, bases: new Map([...known.values()].map((base) => [base.digest, base])) };
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
