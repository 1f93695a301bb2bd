import assert from "node:assert/strict";
import { test } from "node:test";
import { blankMetadata, type TarEntry } from "@tsbuild/layers";
import { compareImages } from "./compare.ts";
import type { BuiltImage, HistoryEntry } from "./image.ts";
import type { LayerItem, LayerItems } from "./layer.ts";

function directory(mode: number): LayerItem {
  const entry: TarEntry = {
    ...blankMetadata,
    path: "",
    type: "directory",
    mode,
    xattrs: undefined,
  };
  return { entry, content: "" };
}

const layer = (items: Readonly<Record<string, LayerItem>>): LayerItems => new Map(Object.entries(items));

function image(
  layers: readonly LayerItems[],
  history: readonly HistoryEntry[],
  config: Readonly<Record<string, unknown>> = {},
): BuiltImage {
  const rootfs = { type: "layers", diff_ids: [] };
  return { layers, document: { architecture: "amd64", os: "linux", config, rootfs, history } };
}

const docker = { peer: "docker", startedSeconds: 1 } as const;
const buildah = { peer: "buildah", startedSeconds: 1 } as const;
const run: HistoryEntry = { created_by: "RUN /bin/sh -c true # buildkit" };

test("a layer's difference is told with its number and instruction, and once", () => {
  const ours = image([layer({ a: directory(0o755) })], [run]);
  const theirs = image([layer({ a: directory(0o700) })], [run]);
  assert.deepEqual(compareImages(ours, theirs, docker), [
    { part: "layer", what: "0 RUN: a: mode 0755 | 0700" },
  ]);
});

test("layers that cannot be paired are compared by what they give", () => {
  const ours = image([layer({ a: directory(0o755) })], [run]);
  const theirs = image([layer({ a: directory(0o755) }), layer({ b: directory(0o755) })], [run, run]);
  assert.deepEqual(
    compareImages(ours, theirs, docker).map(({ part, what }) => `${part}: ${what}`),
    ["layer: 1 layers | 2", "result: b: only docker has this directory", "history: 1 entries | 2"],
  );
});

test("a history that does not fit the layers is a difference", () => {
  const good = image([layer({})], [run]);
  const bad = image([layer({})], [{ ...run, empty_layer: true }]);
  const found = compareImages(good, bad, docker).map(({ what }) => what);
  assert.equal(found[0], "not one layer for each history entry: docker");
});

test("buildah's WORKDIR has no layer of its own", () => {
  const workdir: HistoryEntry = { created_by: "WORKDIR /w" };
  const both = layer({ w: directory(0o755), r: directory(0o755) });
  const ours = image([layer({ w: directory(0o755) }), layer({ r: directory(0o755) })], [workdir, run]);
  const theirs = image(
    [both],
    [{ created_by: "/bin/sh -c #(nop) WORKDIR /w", empty_layer: true }, { created_by: "/bin/sh -c true" }],
  );
  assert.deepEqual(compareImages(ours, theirs, buildah), []);
});

test("a config that says nothing of a field is like one that says null", () => {
  const ours = image([], [], { Cmd: ["a"] });
  assert.deepEqual(compareImages(ours, image([], [], { Cmd: ["a"], OnBuild: null }), docker), []);
  assert.deepEqual(compareImages(ours, image([], [], { Cmd: ["a"], Entrypoint: [] }), docker), [
    { part: "config", what: "Entrypoint: none | []" },
  ]);
});

test("what buildah signs with and leaves empty is no difference, the order of labels neither", () => {
  const ours = image([], [], { Labels: { b: "2", a: "1" } });
  const theirs = image([], [], {
    Labels: { a: "1", b: "2", "io.buildah.version": "1" },
    Entrypoint: [],
    User: "",
  });
  assert.deepEqual(compareImages(ours, theirs, buildah), []);
});

test("histories are compared word for word with docker's", () => {
  const entry: HistoryEntry = { created_by: "ENV a=b", comment: "buildkit.dockerfile.v0", empty_layer: true };
  assert.deepEqual(compareImages(image([], [entry]), image([], [{ ...entry, comment: "" }]), docker), [
    {
      part: "history",
      what: '0: ["ENV a=b","buildkit.dockerfile.v0","","no layer"] | ["ENV a=b","","","no layer"]',
    },
  ]);
});
