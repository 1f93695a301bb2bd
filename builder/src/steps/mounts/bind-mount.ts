import { copyFileSync, lstatSync } from "node:fs";
import { join } from "node:path";
import type { Layer } from "@tsbuild/layers";
import { nameOf, type OciMount, type Rootfs, textFromBytes } from "@tsbuild/runner-native";
import { builderError } from "../../errors.ts";
import type { RunMount } from "../../graph/step.ts";
import { createStepCache } from "../../solve/cache.ts";
import { keyOf } from "../../solve/field-hash.ts";
import { copyContext, copyTree } from "../copy-context.ts";
import { digestRead } from "../sources/file-digests.ts";
import { existingPath, readsOf } from "../sources/reads.ts";
import type { MountOptions } from "./run-mounts.ts";

type BindMount = Extract<RunMount, { kind: "bind" }>;

/**
 * A directory or file of another stage or a context. It is shown as a copy that the cache keeps: a mount of the context itself
 * would show what is ignored and who owns it, and would let a step write to it.
 */
export async function bindMount(mount: BindMount, options: MountOptions): Promise<OciMount> {
  const { layer, name } = await copyOf(mount, options);
  const source = join(await layer.tree(), textFromBytes(name));
  if (mount.readonly) return bind(mount.target, source, "ro");
  const { store, snapshotter } = options.tools;
  const stat = lstatSync(source);
  if (!stat.isDirectory()) {
    // Copying a fifo would wait for a writer.
    if (!stat.isFile()) throw notMountable(mount);
    const file = join(store.temporaryDirectory("mount"), "file");
    copyFileSync(source, file);
    return bind(mount.target, file, "rw");
  }
  // What the step writes there is thrown away with the snapshot.
  const snapshot = options.resources.use(await snapshotter.prepare(layer));
  return writable(mount.target, snapshot.rootfs);
}

function notMountable({ source }: BindMount): Error {
  return builderError("OPTION_INVALID", `${JSON.stringify(source)} is neither a file nor a directory`, {
    hint: "mount the directory that holds it, or mount it read-only",
  });
}

export function bind(destination: string, source: string, access: "ro" | "rw"): OciMount {
  return { destination, type: "bind", source, options: ["bind", access, "nodev"] };
}

function writable(destination: string, rootfs: Rootfs): OciMount {
  if (rootfs.kind === "directory") return bind(destination, rootfs.path, "rw");
  const { lower, upper, work } = rootfs;
  const options = [...lower.map((path) => `lowerdir+=${path}`), `upperdir=${upper}`, `workdir=${work}`];
  return { destination, type: "overlay", source: "overlay", options: ["nodev", ...options] };
}

interface MountedCopy {
  readonly layer: Layer;
  /** Of a file: what it is called in the layer. Of a directory: "", the layer's root. */
  readonly name: string;
}

async function copyOf(mount: BindMount, options: MountOptions): Promise<MountedCopy> {
  const { step, inputs, tools } = options;
  const read = [...readsOf(step, tools.steps).values()].find(
    (each) => each.input === mount.input && each.path === mount.source,
  );
  const from = read && tools.steps.get(read.from);
  if (!read || !from) throw new TypeError("a bind mount without an input");
  const context = from.kind === "context" ? tools.contexts.open(from.context) : undefined;
  const view = context?.view ?? (await tools.views.of(inputs.sources.get(mount.input)?.layer));
  const path = existingPath(view, mount.source, read.where);
  const isDirectory = (view.lookup(path)?.type ?? "directory") === "directory";
  await view.prepare([path]);
  const digests = context?.digests ?? new Map();
  const xattrs = context ? "context" : "layer";
  const content = await digestRead(view, read, { xattrs, digests, signal: options.signal });
  const key = keyOf(["mounted copy", 1, content]);
  const cache = createStepCache(tools.store.records, tools.layers);
  const known = cache.find(key)?.layer;
  const origin = "layer" as const;
  const layer =
    known ??
    (context
      ? await copyContext(context.name, path, options)
      : await copyTree({ view, path, origin }, options));
  if (!known) cache.record(key, { layer, contentKey: key, ingredients: ["mount", read.path] });
  return { layer, name: isDirectory ? "" : nameOf(path) };
}
