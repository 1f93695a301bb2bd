import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { putImage } from "../../testing/store-image.ts";
import { temporaryDirectory, temporaryStore } from "../../testing/temporary-store.ts";
import { tarOf } from "../../testing/tar-of.ts";
import { mediaTypes } from "../descriptor.ts";
import { digestOf, hexOf } from "../digest.ts";
import type { Store } from "../store/store.ts";
import { type LoadedImage, loadImages } from "./load-images.ts";
import { readArchive } from "./read-archive.ts";
import { openLayoutDirectory } from "./read-directory.ts";
import { layoutArchive, writeLayoutDirectory } from "./write-layout.ts";

const { signal } = new AbortController();
const names = ["docker.io/library/app:latest", "localhost:5000/team/app:v1"];

async function archiveOf(store: Store, form: "oci" | "docker"): Promise<Buffer> {
  const manifest = store.images.list()[0]?.manifest;
  assert.ok(manifest);
  const chunks: Uint8Array[] = [];
  for await (const chunk of layoutArchive(store.blobs, [{ names, manifest }], { form, signal }))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** In pieces, so that nothing depends on where a chunk ends. */
async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 700) yield bytes.subarray(at, at + 700);
}

async function load(store: Store, archive: Buffer): Promise<LoadedImage[]> {
  await using lease = await store.lease("load");
  const source = await readArchive(store, pieces(archive), { what: "test.tar", lease, signal });
  return loadImages(store, source, { lease, platform: undefined });
}

for (const form of ["oci", "docker"] as const)
  test(`layout: an archive in the form ${form} is read back as it was`, async () => {
    await using from = temporaryStore();
    await using to = temporaryStore();
    const id = await putImage(from.store, "image", ["one", "two", "one"]);
    const archive = await archiveOf(from.store, form);
    const [image, ...others] = await load(to.store, archive);
    assert.deepEqual(others, []);
    assert.deepEqual(image?.names, names);
    assert.deepEqual(image?.descriptor, from.store.images.get("image")?.manifest);
    assert.equal(image?.manifest.config.digest, id);
    assert.equal(image?.size, 9);
    assert.equal(to.store.blobs.read(digestOf("two"), 10).toString(), "two");
    assert.deepEqual(await archiveOf(from.store, form), archive, "the same image gives the same bytes");
  });

test("layout: the docker form says what docker load reads", async () => {
  await using from = temporaryStore();
  const id = await putImage(from.store, "image", ["one", "two"]);
  await using directory = await writtenDirectory(from.store, "docker");
  assert.deepEqual(JSON.parse(readFileSync(join(directory.path, "manifest.json"), "utf8")), [
    {
      Config: `blobs/sha256/${hexOf(id)}`,
      RepoTags: ["app:latest", "localhost:5000/team/app:v1"],
      Layers: ["one", "two"].map((text) => `blobs/sha256/${hexOf(digestOf(text))}`),
    },
  ]);
});

async function writtenDirectory(
  store: Store,
  form: "oci" | "docker",
): Promise<{ path: string } & AsyncDisposable> {
  const directory = temporaryDirectory();
  const manifest = store.images.list()[0]?.manifest;
  assert.ok(manifest);
  await writeLayoutDirectory(store.blobs, [{ names, manifest }], directory.path, { form, signal });
  return { path: directory.path, [Symbol.asyncDispose]: async () => directory[Symbol.dispose]() };
}

test("layout: a directory is written whole and read by name, tag and digest", async () => {
  await using from = temporaryStore();
  await putImage(from.store, "image", ["one"]);
  await using directory = await writtenDirectory(from.store, "oci");
  assert.deepEqual(readdirSync(directory.path).sort(), ["blobs", "index.json", "oci-layout"]);
  const manifest = from.store.images.get("image")?.manifest;
  for (const only of [undefined, names[0], "v1", manifest?.digest]) {
    await using to = temporaryStore();
    await using lease = await to.store.lease("load");
    using source = openLayoutDirectory(to.store, directory.path, { lease, signal });
    const [image] = await loadImages(to.store, source, { lease, platform: undefined, ...(only && { only }) });
    assert.equal(image?.descriptor.digest, manifest?.digest);
    assert.equal(to.store.blobs.sizeOf(digestOf("one")), 3);
    await assert.rejects(loadImages(to.store, source, { lease, platform: undefined, only: "v2" }), {
      code: "IMAGE_UNKNOWN",
    });
  }
});

test("layout: a directory takes a second image without losing the blobs of the first", async () => {
  await using from = temporaryStore();
  await putImage(from.store, "image", ["one"]);
  await using directory = await writtenDirectory(from.store, "oci");
  const before = readdirSync(join(directory.path, "blobs", "sha256")).length;
  await putImage(from.store, "another", ["two"]);
  const manifest = from.store.images.get("another")?.manifest;
  assert.ok(manifest);
  await writeLayoutDirectory(from.store.blobs, [{ names: [], manifest }], directory.path, {
    form: "oci",
    signal,
  });
  assert.equal(readdirSync(join(directory.path, "blobs", "sha256")).length, before + 3);
  const index = JSON.parse(readFileSync(join(directory.path, "index.json"), "utf8")) as {
    manifests: unknown[];
  };
  assert.equal(index.manifests.length, 1);
});

test("layout: a damaged blob is never written to an archive whole", async () => {
  await using from = temporaryStore();
  await putImage(from.store, "image", ["one"]);
  writeFileSync(from.store.blobs.pathOf(digestOf("one")) as string, "eno");
  await assert.rejects(archiveOf(from.store, "oci"), { code: "BLOB_CORRUPT" });
});

for (const [name, damage, code] of [
  ["a blob that is a link", (path: string, blob: string) => symlinkAt(join(path, blob)), "LAYOUT_INVALID"],
  [
    "a blob with other bytes",
    (path: string, blob: string) => writeFileSync(join(path, blob), "eno"),
    "BLOB_CORRUPT",
  ],
  [
    "a blob that is too long",
    (path: string, blob: string) => writeFileSync(join(path, blob), "one!"),
    "BLOB_CORRUPT",
  ],
  ["a blob that is missing", (path: string, blob: string) => rmSync(join(path, blob)), "LAYOUT_INVALID"],
  ["an index that is a link", (path: string) => symlinkAt(join(path, "index.json")), "LAYOUT_INVALID"],
  ["an index that is a directory", (path: string) => directoryAt(join(path, "index.json")), "LAYOUT_INVALID"],
  [
    "another version",
    (path: string) => writeFileSync(join(path, "oci-layout"), '{"imageLayoutVersion":"2"}'),
    "LAYOUT_INVALID",
  ],
  ["no oci-layout file", (path: string) => rmSync(join(path, "oci-layout")), "LAYOUT_INVALID"],
  ["blobs behind a link to the host", (path: string) => linkAway(join(path, "blobs")), "LAYOUT_INVALID"],
] as const)
  test(`layout: a directory with ${name} is refused`, async () => {
    await using from = temporaryStore();
    await putImage(from.store, "image", ["one"]);
    await using directory = await writtenDirectory(from.store, "oci");
    damage(directory.path, `blobs/sha256/${hexOf(digestOf("one"))}`);
    await using to = temporaryStore();
    await using lease = await to.store.lease("load");
    await assert.rejects(
      async () => {
        using source = openLayoutDirectory(to.store, directory.path, { lease, signal });
        await loadImages(to.store, source, { lease, platform: undefined });
      },
      { code },
    );
    assert.deepEqual(readdirSync(join(to.store.root, "tmp")), []);
  });

function symlinkAt(path: string): void {
  rmSync(path);
  symlinkSync("/etc/passwd", path);
}

function directoryAt(path: string): void {
  rmSync(path);
  mkdirSync(path);
}

function linkAway(path: string): void {
  rmSync(path, { recursive: true });
  symlinkSync("/etc", path);
}

const config = Buffer.from(
  JSON.stringify({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [digestOf("one"), digestOf("one")] },
  }),
);
const oldManifest = [{ Config: "c.json", RepoTags: ["app:old"], Layers: ["1/layer.tar", "2/layer.tar"] }];

test("layout: an archive of an old docker, with links between equal layers", async () => {
  await using to = temporaryStore();
  const archive = tarOf([
    ["1/", {}],
    ["1/VERSION", "1.0"],
    ["1/layer.tar", "one"],
    ["2/layer.tar", { type: "symlink", linkTarget: "../1/layer.tar" }],
    ["c.json", config.toString()],
    ["manifest.json", JSON.stringify(oldManifest)],
    ["repositories", "{}"],
  ]);
  const [image] = await load(to.store, archive);
  assert.deepEqual(image?.names, ["app:old"]);
  assert.equal(image?.manifest.config.digest, digestOf(config));
  assert.deepEqual(
    image?.manifest.layers.map(({ digest }) => digest),
    [digestOf("one"), digestOf("one")],
  );
});

const layoutText = '{"imageLayoutVersion":"1.0.0"}';
const emptyIndex = '{"schemaVersion":2,"manifests":[]}';

for (const [name, entries, code] of [
  ["no list of images", [["a", "b"]], "ARCHIVE_INVALID"],
  [
    "an empty list",
    [
      ["oci-layout", layoutText],
      ["index.json", emptyIndex],
    ],
    "IMAGE_UNKNOWN",
  ],
  [
    "a name twice",
    [
      ["manifest.json", "[]"],
      ["manifest.json", "[]"],
    ],
    "ARCHIVE_INVALID",
  ],
  [
    "a device",
    [
      ["null", { type: "char" }],
      ["manifest.json", "[]"],
    ],
    "ARCHIVE_INVALID",
  ],
  [
    "a fifo",
    [
      ["pipe", { type: "fifo" }],
      ["manifest.json", "[]"],
    ],
    "ARCHIVE_INVALID",
  ],
  [
    "a hard link",
    [
      ["a", "b"],
      ["c", { type: "hardlink", linkTarget: "a" }],
      ["manifest.json", "[]"],
    ],
    "ARCHIVE_INVALID",
  ],
  [
    "a blob named by other bytes",
    [
      [`blobs/sha256/${hexOf(digestOf("x"))}`, "y"],
      ["manifest.json", "[]"],
    ],
    "BLOB_CORRUPT",
  ],
  [
    "a blob without a digest",
    [
      ["blobs/sha256/abc", "y"],
      ["manifest.json", "[]"],
    ],
    "ARCHIVE_INVALID",
  ],
  ["a missing config", [["manifest.json", JSON.stringify(oldManifest)]], "ARCHIVE_INVALID"],
  [
    "layers that the config does not name",
    [
      ["1/layer.tar", "one"],
      ["2/layer.tar", "other"],
      ["c.json", config.toString()],
      ["manifest.json", JSON.stringify(oldManifest)],
    ],
    "MANIFEST_INVALID",
  ],
  [
    "a link out of the archive",
    [
      ["1/layer.tar", "one"],
      ["2/layer.tar", { type: "symlink", linkTarget: "/etc/passwd" }],
      ["c.json", config.toString()],
      ["manifest.json", JSON.stringify(oldManifest)],
    ],
    "ARCHIVE_INVALID",
  ],
  ["a manifest.json with a key twice", [["manifest.json", '[{"Config":"a","config":"b"}]']], "JSON_INVALID"],
  ["a manifest.json that is no list", [["manifest.json", "{}"]], "ARCHIVE_INVALID"],
] as const)
  test(`layout: an archive with ${name} is refused, and nothing is left behind`, async () => {
    await using to = temporaryStore();
    await assert.rejects(load(to.store, tarOf(entries)), { code });
    assert.deepEqual(readdirSync(join(to.store.root, "tmp")), []);
  });

test("layout: an archive whose two lists name different images is refused", async () => {
  await using from = temporaryStore();
  await putImage(from.store, "image", ["one"]);
  const archive = await archiveOf(from.store, "oci");
  const other = tarOf([
    ["c.json", config.toString()],
    ["manifest.json", JSON.stringify([{ Config: "c.json", RepoTags: [], Layers: [] }])],
  ]);
  await using to = temporaryStore();
  const joined = Buffer.concat([archive.subarray(0, archive.length - 1024), other]);
  await assert.rejects(load(to.store, joined), { code: "ARCHIVE_INVALID" });
});

test("layout: a cut archive is refused wherever it is cut", async () => {
  await using from = temporaryStore();
  await putImage(from.store, "image", ["one", "two"]);
  const archive = await archiveOf(from.store, "docker");
  await using to = temporaryStore();
  for (let length = 0; length < archive.length - 1024; length += 333)
    await assert.rejects(load(to.store, archive.subarray(0, length)), `at ${length}`);
  assert.deepEqual(readdirSync(join(to.store.root, "tmp")), []);
});

test("layout: a compressed archive is read as it is", async () => {
  await using from = temporaryStore();
  await using to = temporaryStore();
  const id = await putImage(from.store, "image", ["one"]);
  const [image] = await load(to.store, gzipSync(await archiveOf(from.store, "docker")));
  assert.equal(image?.manifest.config.digest, id);
});

test("layout: compressed layers of an old docker archive keep their form", async () => {
  await using to = temporaryStore();
  const layer = gzipSync("one");
  const document = {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [digestOf("one")] },
  };
  const archive = tarOf([
    ["c.json", JSON.stringify(document)],
    ["layer", { content: layer }],
    ["manifest.json", JSON.stringify([{ Config: "c.json", RepoTags: null, Layers: ["layer"] }])],
  ]);
  const [image] = await load(to.store, archive);
  assert.deepEqual(image?.manifest.layers, [
    { mediaType: mediaTypes.dockerLayerGzip, digest: digestOf(layer), size: layer.length },
  ]);
  assert.deepEqual(image?.names, []);
});

test("layout: reading stops when it is asked to", async () => {
  await using to = temporaryStore();
  await using lease = await to.store.lease("load");
  const options = { what: "test.tar", lease, signal: AbortSignal.abort(new Error("stop")) };
  await assert.rejects(readArchive(to.store, pieces(Buffer.alloc(1024)), options), /stop/);
});
