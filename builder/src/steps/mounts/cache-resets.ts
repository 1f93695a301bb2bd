import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheMountLock, type Store } from "@tsbuild/layers";
import type { Step } from "../../graph/step.ts";
import { keyOf } from "../../solve/field-hash.ts";

/** How long a private directory is waited for: another build's own is of no concern. */
const privateWaitMs = 20;

/** The name of the directory of a cache mount; of private ones there are copies, `NAME-1` and so on. */
export function cacheDirectoryName(id: string): string {
  return keyOf(["cache mount", id]);
}

/** The cache mounts that begin anew in this build. */
export interface CacheResets {
  /** Empties the directories of an id when it is one of those, once; whoever wants them next waits for that. */
  apply(id: string, signal: AbortSignal): Promise<void>;
}

/**
 * As BuildKit, a step that is made without the cache (--no-cache) takes the content of its cache mounts from the whole build: every
 * step that uses the same id begins with an empty directory.
 */
export function createCacheResets(
  steps: Iterable<Step>,
  isFresh: (step: Step) => boolean,
  store: Pick<Store, "lock" | "cacheMountsPath" | "temporaryDirectory">,
): CacheResets {
  const ids = new Set<string>();
  for (const step of steps)
    if (step.kind === "run" && isFresh(step))
      for (const mount of step.mounts) if (mount.kind === "cache") ids.add(mount.id);
  const done = new Map<string, Promise<void>>();
  return {
    apply: async (id, signal) => {
      if (!ids.has(id)) return;
      const emptied = done.get(id) ?? empty(cacheDirectoryName(id), store, signal);
      done.set(id, emptied);
      await emptied;
    },
  };
}

async function empty(
  name: string,
  store: Parameters<typeof createCacheResets>[2],
  signal: AbortSignal,
): Promise<void> {
  await removeLocked(name, store, signal);
  for (const copy of readdirSync(store.cacheMountsPath()).filter((each) => each.startsWith(`${name}-`))) {
    const wait = AbortSignal.any([signal, AbortSignal.timeout(privateWaitMs)]);
    try {
      await removeLocked(copy, store, wait);
    } catch (error) {
      if (!wait.aborted) throw error;
    }
  }
}

/** Waits for those who use it; moved first, so that a killed build leaves nothing half removed. */
async function removeLocked(
  name: string,
  store: Parameters<typeof createCacheResets>[2],
  wait: AbortSignal,
): Promise<void> {
  using _ = await store.lock(cacheMountLock(name), "exclusive", wait);
  const path = join(store.cacheMountsPath(), name);
  if (!existsSync(path)) return;
  const aside = join(store.temporaryDirectory("cache-mount"), "old");
  renameSync(path, aside);
  rmSync(aside, { recursive: true, force: true });
}
