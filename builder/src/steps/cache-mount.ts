import { chmodSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { cacheMountLock } from "@tsbuild/layers";
import { bytesFromText, type OciMount, openRootDir } from "@tsbuild/runner-native";
import { writeTree } from "../export/write-tree.ts";
import type { RunMount } from "../graph/step.ts";
import { keyOf } from "../solve/field-hash.ts";
import { bind } from "./bind-mount.ts";
import { copyTree } from "./copy-context.ts";
import { giveTo } from "./give-to.ts";
import { existingPath, sourceName } from "./reads.ts";
import type { MountOptions } from "./run-mounts.ts";

type CacheMount = Extract<RunMount, { kind: "cache" }>;

/** How long another process' private directory is waited for before the next one is tried. */
const privateWaitMs = 20;

/** A directory that outlives the build, found by its id; in no layer and in no key. */
export async function cacheMount(mount: CacheMount, options: MountOptions): Promise<OciMount> {
  const directory = await claimDirectory(mount, options);
  return bind(mount.target, directory, mount.readonly ? "ro" : "rw");
}

/** The id is hashed: whatever it is called, it names one directory of ours. */
async function claimDirectory(mount: CacheMount, options: MountOptions): Promise<string> {
  const { tools, signal, resources } = options;
  const id = keyOf(["cache mount", mount.id]);
  const claim = async (name: string, mode: "shared" | "exclusive", wait: AbortSignal): Promise<string> => {
    resources.use(await tools.store.lock(cacheMountLock(name), mode, wait));
    return makeDirectory(name, mount, options);
  };
  switch (mount.sharing) {
    case "shared":
      return claim(id, "shared", signal);
    case "locked":
      return claim(id, "exclusive", signal);
    case "private":
      for (let copy = 0; ; copy++) {
        signal.throwIfAborted();
        const wait = AbortSignal.any([signal, AbortSignal.timeout(privateWaitMs)]);
        try {
          return await claim(copy === 0 ? id : `${id}-${copy}`, "exclusive", wait);
        } catch (error) {
          // In use by another step: the next directory is as good.
          if (!wait.aborted) throw error;
        }
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
  const { layer } = await copyTree({ view, path, origin: context ? "context" : "layer" }, tools);
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
