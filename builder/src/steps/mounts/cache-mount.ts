import { chmodSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { cacheMountLock } from "@tsbuild/layers";
import { bytesFromText, type OciMount, openRootDir } from "@tsbuild/runner-native";
import { writeTree } from "../../export/write-tree.ts";
import type { RunMount } from "../../graph/step.ts";
import { bind } from "./bind-mount.ts";
import { copyTree } from "../copy-context.ts";
import { cacheDirectoryName } from "./cache-resets.ts";
import { giveTo } from "./give-to.ts";
import { existingPath, sourceName } from "../sources/reads.ts";
import type { MountOptions } from "./run-mounts.ts";

type CacheMount = Extract<RunMount, { kind: "cache" }>;

/** How long another process' private directory is waited for before the next one is tried. */
const privateWaitMs = 20;

/** The directories that outlive the build, of all cache mounts of a step, by their ids; in no layer and in no key. */
export type CacheDirectories = ReadonlyMap<string, string>;

/**
 * Claims the directories of a step. Mounts of one id share one; all steps claim in the same order, so that none waits for one
 * that waits for it.
 */
export async function claimCaches(options: MountOptions): Promise<CacheDirectories> {
  const wanted = new Map<string, CacheMount>();
  for (const mount of options.step.mounts) {
    if (mount.kind !== "cache") continue;
    const known = wanted.get(mount.id);
    if (!known || known.sharing === "shared") wanted.set(mount.id, mount);
  }
  const directories = new Map<string, string>();
  for (const id of [...wanted.keys()].sort())
    directories.set(id, await claimDirectory(wanted.get(id) as CacheMount, options));
  return directories;
}

/** What a cache mount shows. */
export function cacheMount({ id, target, readonly }: CacheMount, directories: CacheDirectories): OciMount {
  return bind(target, directories.get(id) as string, readonly ? "ro" : "rw");
}

/** The id is hashed: whatever it is called, it names one directory of ours. */
async function claimDirectory(mount: CacheMount, options: MountOptions): Promise<string> {
  const { tools, signal, resources } = options;
  const id = cacheDirectoryName(mount.id);
  await tools.cacheResets.apply(mount.id, signal);
  const lock = async (name: string, mode: "shared" | "exclusive", wait: AbortSignal): Promise<string> => {
    resources.use(await tools.store.lock(cacheMountLock(name), mode, wait));
    return name;
  };
  switch (mount.sharing) {
    case "shared":
      return makeDirectory(await lock(id, "shared", signal), mount, options);
    case "locked":
      return makeDirectory(await lock(id, "exclusive", signal), mount, options);
    case "private":
      return makeDirectory(await lockFirstFree(id, lock, signal), mount, options);
  }
}

/** The first of a row of names that nobody has locked. */
async function lockFirstFree(
  id: string,
  lock: (name: string, mode: "exclusive", wait: AbortSignal) => Promise<string>,
  signal: AbortSignal,
): Promise<string> {
  for (let copy = 0; ; copy++) {
    signal.throwIfAborted();
    const wait = AbortSignal.any([signal, AbortSignal.timeout(privateWaitMs)]);
    try {
      return await lock(copy === 0 ? id : `${id}-${copy}`, "exclusive", wait);
    } catch (error) {
      // In use by another step: the next directory is as good.
      if (!wait.aborted) throw error;
    }
  }
}

async function makeDirectory(name: string, mount: CacheMount, options: MountOptions): Promise<string> {
  const { store } = options.tools;
  const path = join(store.cacheMountsPath(), name);
  if (existsSync(path)) return path;
  const fresh = join(store.temporaryDirectory("cache-mount"), "root");
  mkdirSync(fresh);
  if (mount.input !== undefined) await fillFrom(mount.input, mount, { ...options, directory: fresh });
  giveTo(fresh, mount);
  // As BuildKit: sticky and setgid get lost.
  chmodSync(fresh, mount.mode & 0o777);
  publish(fresh, path);
  return path;
}

/** What a new directory begins with. */
async function fillFrom(
  input: number,
  { source }: CacheMount,
  { step, inputs, tools, signal, directory }: MountOptions & { readonly directory: string },
): Promise<void> {
  const from = tools.steps.get(step.inputs[input]?.step ?? step.id);
  const context = from?.kind === "context" ? tools.contexts.open(from.context) : undefined;
  const view = context?.view ?? (await tools.views.of(inputs.sources.get(input)?.layer));
  const path = existingPath(view, source, sourceName(from));
  const layer = await copyTree({ view, path, origin: context ? "context" : "layer" }, { tools, signal });
  using root = openRootDir(bytesFromText(directory));
  await writeTree(await tools.views.of(layer), root, { owners: "keep", signal });
}

/** Another process may have made the same directory meanwhile: then its is used. */
function publish(fresh: string, path: string): void {
  try {
    renameSync(fresh, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}
