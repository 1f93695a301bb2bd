import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { openLayers } from "../../testing/stores.ts";
import { entry, path, scratch } from "../../testing/trees.ts";
import { type Descriptor, mediaTypes } from "../descriptor.ts";
import { digestOf } from "../digest.ts";
import type { Layer, LayerId } from "./layer.ts";
import type { LayerStore, LayerWriter } from "./layer-store.ts";
import { readText } from "../tree/read-content.ts";
import type { OpenContent } from "../tree/tree-view.ts";

function bytes(text: string): Uint8Array {
  return Buffer.from(text);
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

function addFile(writer: LayerWriter, name: string, text: string): void {
  writer.add(entry(name, { size: text.length }), bytes(text));
}

async function layerWith(
  layers: LayerStore,
  parent: Layer | undefined,
  files: Record<string, string>,
): Promise<Layer> {
  using writer = layers.writer(parent);
  for (const [name, text] of Object.entries(files)) addFile(writer, name, text);
  return await writer.finish();
}

test("whoever adds a file is told the digest of the bytes that were written, and may refuse them", async () => {
  using directory = scratch();
  await using opened = await openLayers(join(directory.path, "store"));
  for (const [text, bytes] of [
    ["small", "hello"],
    ["of several chunks", "x".repeat(3_000_000)],
    ["empty", ""],
  ] as const) {
    const file = join(directory.path, text);
    writeFileSync(file, bytes);
    using writer = opened.layers.writer(undefined);
    const told: string[] = [];
    const open = (): OpenContent => {
      const fd = openSync(file, "r");
      return { fd, offset: 0, size: bytes.length, close: () => closeSync(fd) };
    };
    writer.add(entry("file", { size: bytes.length }), { open, wrote: (digest) => told.push(digest) });
    await writer.finish();
    assert.deepEqual(told, [digestOf(bytes)], text);
    using refusing = opened.layers.writer(undefined);
    const wrote = (): never => {
      throw new Error("not these");
    };
    refusing.add(entry("file", { size: bytes.length }), { open, wrote });
    await assert.rejects(refusing.finish(), /not these/);
  }
});

test("a written layer can be read as tar, index, view and tree", async () => {
  using directory = scratch();
  await using opened = await openLayers(join(directory.path, "store"));
  using writer = opened.layers.writer(undefined);
  addFile(writer, "b/file", "hello");
  writer.add(entry("b/link", { type: "symlink", linkTarget: "file" }));
  writer.add(entry("b/zero"));
  writer.add(entry("a/hard", { type: "hardlink", linkTarget: "b/file" }));
  const layer = await writer.finish();
  const tar = opened.store.blobs.pathOf((await layer.tar()).digest) as string;
  assert.deepEqual(execFileSync("tar", ["tf", tar]).toString().split("\n"), [
    "a/",
    "a/hard",
    "b/",
    "b/file",
    "b/link",
    "b/zero",
    "",
  ]);
  assert.equal(await layer.diffId(), digestOf(readFileSync(tar)));
  using view = await opened.layers.view(layer);
  assert.equal(await readText(view, "b/link", 100), "hello");
  const tree = await layer.tree();
  assert.equal(readFileSync(join(tree, "b/file"), "utf8"), "hello");
  assert.equal(lstatSync(join(tree, "b/file")).nlink, 2);
  assert.equal(lstatSync(join(tree, "b/file")).mtimeMs, 1_000_000);
});

test("ancestors get the metadata of the chain below, in the tar and in the tree", async () => {
  using directory = scratch();
  await using opened = await openLayers(join(directory.path, "store"));
  using base = opened.layers.writer(undefined);
  base.add(entry("tmp", { type: "directory", mode: 0o1777, mtimeSeconds: 7 }));
  base.add(entry("", { type: "directory", mode: 0o711 }));
  const upper = await layerWith(opened.layers, await base.finish(), { "tmp/new/file": "x" });
  const index = await upper.index();
  assert.deepEqual([...index.entries.keys()], ["tmp", "tmp/new", "tmp/new/file"]);
  assert.equal(index.entries.get(path("tmp"))?.mode, 0o1777);
  assert.equal(index.entries.get(path("tmp"))?.mtimeSeconds, 7);
  assert.equal(index.entries.get(path("tmp/new"))?.mode, 0o755);
  const tree = await upper.tree();
  assert.equal(lstatSync(join(tree, "tmp")).mode & 0o7777, 0o1777);
  assert.equal(lstatSync(tree).mode & 0o7777, 0o711);
});

test("equal layers on equal parents are one layer, in another process too", async () => {
  using directory = scratch();
  const root = join(directory.path, "store");
  let first: LayerId;
  {
    await using opened = await openLayers(root);
    const base = await layerWith(opened.layers, undefined, { a: "1" });
    const one = await layerWith(opened.layers, base, { b: "2" });
    assert.equal(await layerWith(opened.layers, base, { b: "2" }), one);
    assert.notEqual((await layerWith(opened.layers, undefined, { b: "2" })).id, one.id);
    first = one.id;
  }
  await using again = await openLayers(root);
  const layer = again.layers.get(first);
  using view = await again.layers.view(layer);
  assert.deepEqual(view.list(path("")), ["a", "b"]);
  assert.equal(await readText(view, "a", 10), "1");
});

test("layers that change nothing share one blob", async () => {
  using directory = scratch();
  await using opened = await openLayers(join(directory.path, "store"));
  const base = await layerWith(opened.layers, undefined, { a: "1" });
  const one = await layerWith(opened.layers, base, {});
  const upper = opened.store.temporaryDirectory("upper");
  const index = { entries: new Map(), whiteouts: new Set<never>(), opaques: new Set<never>() };
  const two = await opened.layers.adoptTree(one, upper, { index, durability: "volatile" });
  assert.notEqual(one.id, two.id);
  assert.deepEqual(await one.tar(), await two.tar());
  assert.equal((await one.tar()).size, 1024);
  assert.deepEqual(readdirSync(await two.tree()), []);
  assert.throws(() => lstatSync(upper));
});

function pulled(tar: Uint8Array): { blob: Descriptor; gzip: Buffer } {
  const gzip = gzipSync(tar);
  return { gzip, blob: { mediaType: mediaTypes.ociLayerGzip, digest: digestOf(gzip), size: gzip.length } };
}

test("a pulled layer is fetched once, when a form is asked for, and keeps its blob", async () => {
  using directory = scratch();
  await using opened = await openLayers(join(directory.path, "store"));
  const made = await layerWith(opened.layers, undefined, { "d/f": "content" });
  const tar = readFileSync(opened.store.blobs.pathOf((await made.tar()).digest) as string);
  await using other = await openLayers(join(directory.path, "other"));
  const { blob, gzip } = pulled(tar);
  let fetches = 0;
  const fetch = async (): Promise<void> => {
    fetches++;
    await other.store.blobs.put(gzip, { mediaType: blob.mediaType, digest: blob.digest }, other.lease);
  };
  const layer = other.layers.fromBlob(undefined, blob, digestOf(tar), fetch);
  assert.equal(other.layers.fromBlob(undefined, blob, digestOf(tar), fetch), layer);
  assert.equal(await layer.diffId(), digestOf(tar));
  assert.equal(fetches, 0);
  const [tree, index] = await Promise.all([
    layer.tree(),
    layer.index(),
    layer.compressed({ algorithm: "gzip" }),
  ]);
  assert.equal(fetches, 1);
  assert.equal(readFileSync(join(tree, "d/f"), "utf8"), "content");
  assert.deepEqual([...index.entries.keys()], ["d", "d/f"]);
  assert.deepEqual(await layer.compressed({ algorithm: "zstd" }), blob);
  assert.equal((await layer.compressed({ algorithm: "uncompressed", force: true })).digest, digestOf(tar));
  assert.equal(
    (await layer.compressed({ algorithm: "gzip", force: true, level: 1 })).mediaType,
    blob.mediaType,
  );
});

test("a pulled layer that is not what its image says leaves no tree", async () => {
  using directory = scratch();
  await using opened = await openLayers(join(directory.path, "store"));
  const made = await layerWith(opened.layers, undefined, { "d/f": "content" });
  const tar = readFileSync(opened.store.blobs.pathOf((await made.tar()).digest) as string);
  const { blob, gzip } = pulled(tar);
  const layer = opened.layers.fromBlob(undefined, blob, digestOf("another"), async () => {
    await opened.store.blobs.put(gzip, { mediaType: blob.mediaType }, opened.lease);
  });
  await assert.rejects(layer.tree(), { code: "BLOB_CORRUPT" });
  await assert.rejects(layer.index(), { code: "BLOB_CORRUPT" });
  assert.throws(() => lstatSync(opened.store.treePath(layer.id)));
  assert.deepEqual(readdirSync(join(directory.path, "store/tmp")), []);
});

test("an adopted tree gives a canonical tar with its whiteouts", async () => {
  using directory = scratch();
  const root = join(directory.path, "store");
  let id: LayerId;
  {
    await using opened = await openLayers(root);
    const base = await layerWith(opened.layers, undefined, { "d/old": "1" });
    const upper = opened.store.temporaryDirectory("upper");
    mkdirSync(join(upper, "d"));
    writeFileSync(join(upper, "d/new"), "fresh");
    const now = { mtimeSeconds: 5, mtimeNanoseconds: 6 };
    const entries = [entry("d", { type: "directory", ...now }), entry("d/new", { size: 5, ...now })];
    const layer = await opened.layers.adoptTree(base, upper, {
      index: {
        entries: new Map(entries.map((it) => [it.path, { ...it, contentOffset: undefined }])),
        whiteouts: new Set([path("d/old")]),
        opaques: new Set(),
      },
      durability: "volatile",
    });
    id = layer.id;
    const before = openDescriptors();
    {
      using view = await opened.layers.view(layer);
      assert.deepEqual(view.list(path("d")), ["new"]);
      assert.equal(await readText(view, "d/new", 10), "fresh");
    }
    assert.equal(openDescriptors(), before, "a view closes what it opened");
  }
  await using again = await openLayers(root);
  const layer = again.layers.get(id) as Layer;
  const tar = again.store.blobs.pathOf((await layer.tar()).digest) as string;
  assert.equal(execFileSync("tar", ["tf", tar]).toString(), "d/\nd/.wh.old\nd/new\n");
  assert.deepEqual([...(await layer.index()).whiteouts], ["d/old"]);
});

test("a tree of another boot is made again from its tar, or the layer is gone", async () => {
  using directory = scratch();
  const root = join(directory.path, "store");
  let written: LayerId;
  let adopted: LayerId;
  {
    await using opened = await openLayers(root);
    const layer = await layerWith(opened.layers, undefined, { a: "1" });
    writeFileSync(join(await layer.tree(), "a"), "torn");
    const upper = opened.store.temporaryDirectory("upper");
    writeFileSync(join(upper, "b"), "");
    const entries = new Map([[path("b"), { ...entry("b"), contentOffset: undefined }]]);
    const index = { entries, whiteouts: new Set<never>(), opaques: new Set<never>() };
    const tree = await opened.layers.adoptTree(layer, upper, { index, durability: "volatile" });
    for (const id of [layer.id, tree.id]) {
      const record = opened.store.layers.get(id);
      assert.ok(record?.treeBoot);
      opened.store.layers.put({ ...record, treeBoot: "another boot" });
    }
    [written, adopted] = [layer.id, tree.id];
  }
  await using again = await openLayers(root);
  assert.equal(again.layers.get(adopted), undefined);
  assert.equal(again.store.layers.get(adopted), undefined);
  const layer = again.layers.get(written) as Layer;
  assert.equal(readFileSync(join(await layer.tree(), "a"), "utf8"), "1");
});

test("a damaged index file is made again", async () => {
  using directory = scratch();
  const root = join(directory.path, "store");
  let id: LayerId;
  {
    await using opened = await openLayers(root);
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`f${at}`, `${at}`]));
    const layer = await layerWith(opened.layers, undefined, files);
    id = layer.id;
    const saved = `${opened.store.treePath(id)}.index`;
    const damaged = readFileSync(saved);
    damaged[damaged.length >> 1] = 255;
    writeFileSync(saved, damaged);
  }
  await using again = await openLayers(root);
  using view = await again.layers.view(again.layers.get(id));
  assert.equal(view.list(path("")).length, 300);
  assert.equal(await readText(view, "f299", 10), "299");
});

test("a layer whose blob is gone is not found", async () => {
  using directory = scratch();
  const root = join(directory.path, "store");
  let id: LayerId;
  {
    await using opened = await openLayers(root);
    const layer = await layerWith(opened.layers, undefined, { a: "1" });
    id = layer.id;
    rmSync(opened.store.blobs.pathOf((await layer.tar()).digest) as string);
  }
  await using again = await openLayers(root);
  assert.equal(again.layers.get(id), undefined);
});

const refused: readonly [name: string, add: (writer: LayerWriter) => void, code: string][] = [
  ["a name that means a whiteout", (writer) => addFile(writer, "d/.wh.x", ""), "COPY_CONFLICT"],
  ["a directory of such a name", (writer) => addFile(writer, ".wh.d/x", ""), "COPY_CONFLICT"],
  [
    "content of another size",
    (writer) => writer.add(entry("f", { size: 3 }), bytes("four")),
    "CONTENT_CHANGED",
  ],
  [
    "a hard link to nothing",
    (writer) => writer.add(entry("a", { type: "hardlink", linkTarget: "b" })),
    "TAR_INVALID",
  ],
  [
    "an entry below a file",
    (writer) => {
      addFile(writer, "d", "");
      addFile(writer, "d/x", "");
    },
    "COPY_CONFLICT",
  ],
];
for (const [name, add, code] of refused)
  test(`a writer refuses ${name}, and nothing is left`, async () => {
    using directory = scratch();
    await using opened = await openLayers(join(directory.path, "store"));
    const write = async (): Promise<void> => {
      using writer = opened.layers.writer(undefined);
      add(writer);
      await writer.finish();
    };
    await assert.rejects(write(), { code });
    assert.deepEqual(readdirSync(join(directory.path, "store/tmp")), []);
  });

test("a writer whose signal is aborted stops in the middle of a large file, and nothing is left", async () => {
  using directory = scratch();
  await using opened = await openLayers(join(directory.path, "store"));
  const file = join(directory.path, "large");
  const size = 200 << 20;
  writeFileSync(file, "");
  truncateSync(file, size);
  const controller = new AbortController();
  const reason = new Error("stop");
  let isClosed = false;
  const write = async (): Promise<void> => {
    using writer = opened.layers.writer(undefined, { signal: controller.signal });
    const open = (): OpenContent => {
      setImmediate(() => controller.abort(reason));
      const fd = openSync(file, "r");
      const close = (): void => {
        closeSync(fd);
        isClosed = true;
      };
      return { fd, offset: 0, size, close };
    };
    writer.add(entry("large", { size }), { open });
    await writer.finish();
  };
  await assert.rejects(write(), reason);
  assert.ok(isClosed);
  assert.deepEqual(readdirSync(join(directory.path, "store/tmp")), []);
});

test("two processes that want the same tree make it once", async () => {
  using directory = scratch();
  const root = join(directory.path, "store");
  await using one = await openLayers(root);
  await using two = await openLayers(root);
  const files = Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`d/f${at}`, `${at}`]));
  const layer = await layerWith(one.layers, undefined, files);
  const same = two.layers.get(layer.id) as Layer;
  const [first, second] = await Promise.all([layer.tree(), same.tree(), layer.tree()]);
  assert.equal(first, second);
  const inode = lstatSync(first).ino;
  assert.equal(lstatSync(await same.tree()).ino, inode);
  assert.equal(readdirSync(join(first, "d")).length, 600);
  assert.deepEqual(readdirSync(join(root, "tmp")), []);
});

test("stopping ends what is being made, waits for it, and lets it be made anew", async () => {
  using directory = scratch();
  const root = join(directory.path, "store");
  await using opened = await openLayers(root);
  const files = Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`f${at}`, `${at}`]));
  const layer = await layerWith(opened.layers, undefined, files);
  const reason = new Error("enough");
  const extracting = layer.tree();
  let ended: unknown;
  extracting.catch((error: unknown) => (ended = error));
  await opened.layers.stop(reason);
  assert.equal(ended, reason);
  assert.equal(readdirSync(await layer.tree()).length, 600);
  assert.deepEqual(readdirSync(join(root, "tmp")), []);
});

test("what is being made ends with the signal, and leaves nothing", async () => {
  using directory = scratch();
  const root = join(directory.path, "store");
  const stop = new AbortController();
  await using opened = await openLayers(root, stop.signal);
  const files = Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`f${at}`, `${at}`]));
  const layer = await layerWith(opened.layers, undefined, files);
  const reason = new Error("enough");
  const writing = layerWith(opened.layers, layer, files);
  const extracting = layer.tree();
  stop.abort(reason);
  await assert.rejects(writing, reason);
  await assert.rejects(extracting, reason);
  assert.deepEqual(readdirSync(join(root, "tmp")), []);
});

test("a form that failed can be made later", async () => {
  using directory = scratch();
  await using opened = await openLayers(join(directory.path, "store"));
  const made = await layerWith(opened.layers, undefined, { "d/f": "content" });
  const tar = readFileSync(opened.store.blobs.pathOf((await made.tar()).digest) as string);
  await using other = await openLayers(join(directory.path, "other"));
  const { blob, gzip } = pulled(tar);
  let attempts = 0;
  const layer = other.layers.fromBlob(undefined, blob, digestOf(tar), async () => {
    if (++attempts === 1) throw new Error("the network is down");
    await other.store.blobs.put(gzip, { mediaType: blob.mediaType }, other.lease);
  });
  await assert.rejects(layer.tree(), /the network is down/);
  assert.equal(readFileSync(join(await layer.tree(), "d/f"), "utf8"), "content");
});

test("a layer that was never fetched takes the blob of the image it is found in next", async () => {
  using directory = scratch();
  await using opened = await openLayers(join(directory.path, "store"));
  const made = await layerWith(opened.layers, undefined, { "d/f": "content" });
  const tar = readFileSync(opened.store.blobs.pathOf((await made.tar()).digest) as string);
  await using other = await openLayers(join(directory.path, "other"));
  const { blob, gzip } = pulled(tar);
  const gone = { ...blob, digest: digestOf("a blob of a registry that is down") };
  const unreachable = async (): Promise<void> => assert.fail("the other image's blob is wanted");
  const first = other.layers.fromBlob(undefined, gone, digestOf(tar), unreachable);
  const second = other.layers.fromBlob(undefined, blob, digestOf(tar), async ({ digest }) => {
    await other.store.blobs.put(gzip, { mediaType: blob.mediaType, digest }, other.lease);
  });
  assert.equal(first, second);
  assert.equal(readFileSync(join(await first.tree(), "d/f"), "utf8"), "content");
  assert.deepEqual(other.layers.fromBlob(undefined, gone, digestOf(tar), unreachable).original, blob);
});
