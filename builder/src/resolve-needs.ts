import { formatPlatform, type Platform } from "@tsbuild/layers";
import { TsbuildError } from "@tsbuild/runner-native";
import type { BaseLookup, NeededImage, NeededTime, Needs } from "./graph/options.ts";
import type { ResolvedBase } from "./graph/step.ts";
import type { ImageSource } from "./ports.ts";
import type { BuildRequest } from "./request.ts";
import { createTaskGroup } from "./solve/task-group.ts";
import type { SourceTimes } from "./steps/remote/source-times.ts";
import { placeAt } from "./steps/step-place.ts";
import type { RunTask } from "./task.ts";

export interface ResolveOptions {
  readonly request: BuildRequest;
  readonly images: ImageSource;
  readonly times: SourceTimes;
  readonly hostPlatform: Platform;
  readonly task: RunTask;
  readonly signal: AbortSignal;
}

/** What lowering can be told so far. */
export interface Known {
  readonly lookup: BaseLookup;
  readonly sourceTimes: ReadonlyMap<string, number | undefined>;
}

export interface Resolved<Answer> {
  readonly answer: Exclude<Answer, Needs>;
  /** The images that were asked for, by digest. */
  readonly bases: ReadonlyMap<string, ResolvedBase>;
}

/** Looks until nothing more has to be known; what is missing is resolved in between. */
export async function resolving<Answer extends { readonly kind: string }>(
  options: ResolveOptions,
  look: (known: Known) => Answer | Needs,
): Promise<Resolved<Answer>> {
  const images = new Map<string, ResolvedBase>();
  const times = new Map<string, number | undefined>();
  const known: Known = {
    lookup: (reference, platform) => images.get(keyOf({ reference, platform })),
    sourceTimes: times,
  };
  const name = `[internal] load build definition from ${options.request.dockerfile.name}`;
  let looked = await options.task(name, async () => look(known));
  while (isNeeds(looked)) {
    const found = await resolveAll(looked, options);
    looked.images.forEach((image, index) => images.set(keyOf(image), found.images[index] as ResolvedBase));
    looked.times.forEach(({ label }, index) => times.set(label, found.times[index]));
    looked = look(known);
  }
  return {
    answer: looked as Exclude<Answer, Needs>,
    bases: new Map([...images.values()].map((base) => [base.digest, base])),
  };
}

function isNeeds(looked: { readonly kind: string }): looked is Needs {
  return looked.kind === "needs";
}

/** The first failure stops the others: nobody waits for a registry whose answer means nothing any more. */
async function resolveAll(
  { images, times }: Needs,
  options: ResolveOptions,
): Promise<{ readonly images: readonly ResolvedBase[]; readonly times: readonly (number | undefined)[] }> {
  const tasks = createTaskGroup(options.signal);
  const given = { ...options, signal: tasks.signal };
  const resolved = images.map((image) => tasks.run(() => resolveImage(image, given)));
  const known = times.map((time) => tasks.run(() => resolveTime(time, given)));
  await tasks.settle();
  return { images: await Promise.all(resolved), times: await Promise.all(known) };
}

async function resolveImage(needed: NeededImage, options: ResolveOptions): Promise<ResolvedBase> {
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

function resolveTime(
  needed: NeededTime,
  { times, task, signal }: ResolveOptions,
): Promise<number | undefined> {
  return task(`[internal] resolve SOURCE_DATE_EPOCH ${needed.label}`, (id) =>
    times.of(needed, { owner: id, signal }),
  );
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
