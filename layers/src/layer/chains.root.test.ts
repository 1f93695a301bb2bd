import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bytesFromText, mountOverlay, openRootDir, rootDirFromFd } from "@tsbuild/runner-native";
import fc from "fast-check";
import { describeAll, diffLines } from "../../testing/diff.ts";
import { randomLines } from "../../testing/random-lines.ts";
import { type OpenedStore, openLayers } from "../../testing/stores.ts";
import { entriesOf, path, scratch, type TreeLine, viewOf } from "../../testing/trees.ts";
import { type Descriptor, mediaTypes } from "../descriptor.ts";
import { digestOf, hexOf } from "../digest.ts";
import { createTarWriter } from "../tar/write.ts";
import { chainOf, type Layer } from "./layer.ts";
import { createRootDirView } from "../tree/root-dir-view.ts";
import type { TreeView } from "../tree/tree-view.ts";

const chains = 20;
const layersInChain = 3;
const seed = 20261121;

/** A layer as somebody else's tool might have written it: in any order, without its ancestors. */
async function pulledLayer(
  { layers, store, lease }: OpenedStore,
  parent: Layer | undefined,
  lines: readonly TreeLine[],
): Promise<Layer> {
  const chunks: Buffer[] = [];
  const writer = createTarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  for (const { entry, content } of entriesOf(lines)) writer.entry(entry, content);
  writer.finish();
  const tar = Buffer.concat(chunks);
  const blob: Descriptor = { mediaType: mediaTypes.ociLayer, digest: digestOf(tar), size: tar.length };
  return layers.fromBlob(parent, blob, blob.digest, async () => {
    await store.blobs.put(tar, { mediaType: blob.mediaType, digest: blob.digest }, lease);
  });
}

async function viewOfMount(top: Layer): Promise<TreeView> {
  const trees = await Promise.all(chainOf(top).map((layer) => layer.tree()));
  return createRootDirView(rootDirFromFd(mountOverlay({ lower: trees.reverse() })));
}

/** What umoci makes of the same layers. */
async function viewOfUmoci(directory: string, opened: OpenedStore, top: Layer): Promise<TreeView> {
  const layout = join(directory, "layout");
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
  const put = (document: unknown): Descriptor => {
    const bytes = Buffer.from(JSON.stringify(document));
    const digest = digestOf(bytes);
    writeFileSync(join(layout, "blobs/sha256", hexOf(digest)), bytes);
    return { mediaType: "", digest, size: bytes.length };
  };
  const tars = await Promise.all(chainOf(top).map((layer) => layer.tar()));
  for (const { digest } of tars)
    copyFileSync(opened.store.blobs.pathOf(digest) as string, join(layout, "blobs/sha256", hexOf(digest)));
  const rootfs = { type: "layers", diff_ids: tars.map(({ digest }) => digest) };
  const config = put({ architecture: "amd64", os: "linux", config: {}, rootfs });
  const manifest = put({
    schemaVersion: 2,
    config: { ...config, mediaType: mediaTypes.ociConfig },
    layers: tars.map((tar) => ({ ...tar, mediaType: mediaTypes.ociLayer })),
  });
  writeFileSync(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  const annotations = { "org.opencontainers.image.ref.name": "t" };
  const manifests = [{ ...manifest, mediaType: mediaTypes.ociManifest, annotations }];
  writeFileSync(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  execFileSync("umoci", ["unpack", "--image", `${layout}:t`, join(directory, "bundle")], { stdio: "pipe" });
  return createRootDirView(openRootDir(bytesFromText(join(directory, "bundle/rootfs"))));
}

async function chainOfLines(opened: OpenedStore, chain: readonly (readonly TreeLine[])[]): Promise<Layer> {
  let top: Layer | undefined;
  for (const lines of chain) top = await pulledLayer(opened, top, lines);
  return top as Layer;
}

/** Layers as good tools write them: each makes one random tree of the one before. */
async function chainOfTrees(
  directory: string,
  trees: readonly (readonly TreeLine[])[],
): Promise<TreeLine[][]> {
  const chain: TreeLine[][] = [];
  for (const [at, lines] of trees.entries()) {
    using base = viewOf(directory, trees[at - 1] ?? []);
    using next = viewOf(directory, lines);
    await Promise.all([base.prepare([path("")]), next.prepare([path("")])]);
    chain.push(diffLines(base, next, at % 2 === 0 ? "whiteouts" : "opaque"));
  }
  return chain;
}

function samples(kind: "whole" | "layer"): TreeLine[][][] {
  const chain = fc.array(randomLines(kind), { minLength: layersInChain, maxLength: layersInChain });
  return fc.sample(chain, { seed, numRuns: chains });
}

for (const [at, trees] of samples("whole").entries())
  test(`chain ${at} is the same through indexes, overlayfs and umoci`, async () => {
    using directory = scratch();
    await using opened = await openLayers(join(directory.path, "store"));
    const chain = await chainOfTrees(directory.path, trees);
    const top = await chainOfLines(opened, chain);
    using byIndex = await opened.layers.view(top);
    await byIndex.prepare([path("")]);
    using mounted = await viewOfMount(top);
    using unpacked = await viewOfUmoci(directory.path, opened, top);
    using last = viewOf(directory.path, trees.at(-1) ?? []);
    await last.prepare([path("")]);
    const want = describeAll(last);
    assert.deepEqual(describeAll(byIndex), want, JSON.stringify(chain));
    assert.deepEqual(describeAll(mounted), want, JSON.stringify(chain));
    assert.deepEqual(describeAll(unpacked), want, JSON.stringify(chain));
  });

for (const [at, chain] of samples("layer").entries())
  test(`chain ${at} of careless layers is the same through indexes and overlayfs`, async () => {
    using directory = scratch();
    await using opened = await openLayers(join(directory.path, "store"));
    const top = await chainOfLines(opened, chain);
    using byIndex = await opened.layers.view(top);
    await byIndex.prepare([path("")]);
    using mounted = await viewOfMount(top);
    assert.deepEqual(describeAll(mounted), describeAll(byIndex), JSON.stringify(chain));
  });
