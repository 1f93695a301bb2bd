import { formatPlatform, type Platform } from "@tsbuild/layers";
import { TsbuildError } from "@tsbuild/runner-native";
import type { CheckWarning } from "./dockerfile/checks/rule.ts";
import { type Checked, type CheckRequest, check } from "./graph/check.ts";
import type { BaseLookup, LowerOptions, NeededImage } from "./graph/options.ts";
import type { BuildGraph, ResolvedBase } from "./graph/step.ts";
import type { ImageSource } from "./ports.ts";
import type { BuildRequest } from "./request.ts";
import { readIgnorePatterns } from "./steps/context/ignore-rules.ts";
import { placeAt } from "./steps/step-place.ts";
import { createTaskGroup } from "./solve/task-group.ts";
import type { RunTask } from "./task.ts";

export interface ResolveOptions {
  readonly request: BuildRequest;
  readonly images: ImageSource;
  readonly hostPlatform: Platform;
  readonly task: RunTask;
  readonly signal: AbortSignal;
}

export interface GraphOptions extends ResolveOptions {
  readonly emitWarning: (warning: CheckWarning) => void;
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
  const wanted = checkRequest(options);
  const { answer, bases } = await resolving(options, (lookup): Looked => {
    const checked = check(wanted, lookup);
    if (checked.kind === "needs") return checked;
    checked.warnings.forEach(options.emitWarning);
    if (checked.error !== undefined) throw checked.error;
    return checked;
  });
  return { graph: answer.graph, bases };
}

/** What is to be checked and lowered for a request. */
export function checkRequest({
  request,
  hostPlatform,
}: Pick<ResolveOptions, "request" | "hostPlatform">): CheckRequest {
  const { dockerfile, context } = request;
  return {
    file: dockerfile.name,
    content: dockerfile.text,
    options: lowerOptions({ request, hostPlatform }),
    ignore: readIgnorePatterns(context.directory, dockerfile.ignore),
  };
}

interface Needs {
  readonly kind: "needs";
  readonly images: readonly NeededImage[];
}

/** Looks until no more images have to be known; they are resolved in between. */
export async function resolving<Answer extends { readonly kind: string }>(
  options: ResolveOptions,
  look: (lookup: BaseLookup) => Answer | Needs,
): Promise<{
  readonly answer: Exclude<Answer, Needs>;
  readonly bases: ReadonlyMap<string, ResolvedBase>;
}> {
  const { request, task } = options;
  const known = new Map<string, ResolvedBase>();
  const again = (): Answer | Needs =>
    look((reference, platform) => known.get(keyOf({ reference, platform })));
  let looked = await task(`[internal] load build definition from ${request.dockerfile.name}`, async () =>
    again(),
  );
  while (isNeeds(looked)) {
    const { images } = looked;
    const resolved = await resolveAll(images, options);
    images.forEach((image, index) => known.set(keyOf(image), resolved[index] as ResolvedBase));
    looked = again();
  }
  return {
    answer: looked as Exclude<Answer, Needs>,
    bases: new Map([...known.values()].map((base) => [base.digest, base])),
  };
}

function isNeeds(looked: { readonly kind: string }): looked is Needs {
  return looked.kind === "needs";
}

/** The first failure stops the others: nobody waits for a registry whose answer means nothing any more. */
async function resolveAll(images: readonly NeededImage[], options: ResolveOptions): Promise<ResolvedBase[]> {
  const tasks = createTaskGroup(options.signal);
  const resolving = images.map((image) =>
    tasks.run(() => resolve(image, { ...options, signal: tasks.signal })),
  );
  await tasks.settle();
  return Promise.all(resolving);
}

async function resolve(needed: NeededImage, options: ResolveOptions): Promise<ResolvedBase> {
  const { images, request, signal, task } = options;
  const { reference, platform, span, context, hint } = needed;
  const label = context === undefined ? "internal" : `context ${context}`;
  try {
    return await task(`[${label}] load metadata for ${reference}`, () =>
      images.resolve(reference, platform, { pull: request.pull ?? "missing", signal }),
    );
  } catch (error) {
    throw placeAt({ span }, request.dockerfile.name, withHint(error, hint));
  }
}

/** What the Dockerfile may have meant comes before what the registry advises. */
function withHint(error: unknown, hint: string | undefined): unknown {
  if (hint === undefined || !(error instanceof TsbuildError)) return error;
  const { code, exitCode, message, location } = error;
  return new TsbuildError(code, exitCode, message, {
    hint: error.hint === undefined ? hint : `${hint}; ${error.hint}`,
    cause: error,
    ...(location && { location }),
  });
}

function keyOf({ reference, platform }: Pick<NeededImage, "reference" | "platform">): string {
  return `${formatPlatform(platform)} ${reference}`;
}

function lowerOptions({
  request,
  hostPlatform,
}: Pick<ResolveOptions, "request" | "hostPlatform">): LowerOptions {
  const { target, buildArgs, platform, labels, network, namedContexts, context } = request;
  const { modifiedSeconds } = context;
  const contexts = Object.entries(namedContexts ?? {}).map(
    ([name, context]) => [name, context.kind === "local" ? { kind: context.kind } : context] as const,
  );
  return {
    buildPlatform: hostPlatform,
    contexts: Object.fromEntries(contexts),
    ...(modifiedSeconds !== undefined && { mainContext: { kind: "local", modifiedSeconds } }),
    ...(target === undefined ? {} : { target }),
    ...(buildArgs && { buildArgs }),
    ...(platform && { targetPlatform: platform }),
    ...(labels && { labels }),
    ...(network && { network }),
  };
}
