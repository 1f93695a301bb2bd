import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  digestOf,
  hexOf,
  loadImages,
  mediaTypes,
  openStore,
  parseImageConfig,
  parseManifest,
  readArchive,
  type Store,
} from "@tsbuild/layers";
import { rawTar } from "test-images";
import type { Chance } from "../chance.ts";
import { createTally, judge, type Tally } from "./judge.ts";
import { mutateBytes } from "./mutate-tar.ts";
import { mutateJson } from "./mutate-json.ts";

const layer = rawTar.archive(rawTar.file("a", "content"));
const platform = { architecture: "amd64", os: "linux" };
const blob = (mediaType: string, bytes: Uint8Array): object => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
});

const config = {
  ...platform,
  created: "2024-01-01T00:00:00Z",
  author: "somebody",
  config: {
    User: "1:2",
    ExposedPorts: { "80/tcp": {} },
    Env: ["PATH=/bin"],
    Entrypoint: ["/a"],
    Cmd: null,
    Volumes: { "/v": {} },
    WorkingDir: "/",
    Labels: { a: "b" },
    StopSignal: "SIGTERM",
    Healthcheck: { Test: ["CMD", "a"], Interval: 1_000_000_000, Retries: 3 },
    OnBuild: ["RUN a"],
    Shell: ["/bin/sh", "-c"],
  },
  rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
  history: [
    { created: "2024-01-01T00:00:00Z", created_by: "a" },
    { empty_layer: true, comment: "b" },
  ],
};

function manifestOf(configBytes: Uint8Array): object {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: blob(mediaTypes.ociConfig, configBytes),
    layers: [blob(mediaTypes.ociLayer, layer)],
    annotations: { "org.opencontainers.image.ref.name": "x" },
  };
}

function indexOf(manifestBytes: Uint8Array): object {
  const manifest = {
    ...blob(mediaTypes.ociManifest, manifestBytes),
    platform: { ...platform, variant: "v8" },
  };
  const annotations = { "io.containerd.image.name": "docker.io/library/a:latest" };
  return { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [{ ...manifest, annotations }] };
}

/** Mutated configs, manifests and indexes through their parsers. */
export async function attackWithDocuments(runs: number, by: Chance): Promise<Tally> {
  const tally = createTally();
  const manifest = manifestOf(Buffer.from(JSON.stringify(config)));
  const index = indexOf(Buffer.from(JSON.stringify(manifest)));
  for (let at = 0; at < runs; at++) {
    const turn = by.below(4);
    const bytes = mutateJson([config, manifest, index, index][turn], by);
    const claims = [
      mediaTypes.ociManifest,
      mediaTypes.ociIndex,
      mediaTypes.dockerManifest,
      mediaTypes.dockerManifestList,
    ];
    const mediaType = by.below(8) === 0 ? by.pick(claims) : (claims[turn === 1 ? 0 : 1] as string);
    await judge(tally, `document ${at} ${bytes.toString("latin1", 0, 300)}`, () =>
      turn === 0 ? parseImageConfig(bytes, "config") : parseManifest(bytes, { mediaType, what: "manifest" }),
    );
  }
  return tally;
}

/** Archives of images whose documents fit together but say odd things, and damaged ones, brought into a store. */
export async function attackWithArchives(directory: string, runs: number, by: Chance): Promise<Tally> {
  const tally = createTally();
  const root = join(directory, "archives");
  for (let done = 0; done < runs; done += 1000) {
    await using store = openStore(root, { mode: "read-write", now: () => done, randomHex });
    for (let at = done; at < Math.min(runs, done + 1000); at++) {
      const bytes = by.below(2) === 0 ? ociArchive(by) : dockerArchive(by);
      await judge(tally, `archive ${at}`, () => load(store, damaged(bytes, by)));
    }
    await store[Symbol.asyncDispose]();
    rmSync(root, { recursive: true });
  }
  return tally;
}

function damaged(bytes: Buffer, by: Chance): Buffer {
  const packed = by.below(5) === 0 ? gzipSync(bytes, { level: 1 }) : bytes;
  return by.below(4) === 0 ? mutateBytes(packed, by) : packed;
}

async function load(store: Store, bytes: Buffer): Promise<void> {
  await using lease = await store.lease("campaign");
  const { signal } = new AbortController();
  const source = await readArchive(store, inPieces(bytes), { what: "evil.tar", lease, signal });
  await loadImages(store, source, { lease, platform: undefined });
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

/** Changed from the bottom up, with the digests of what was changed. */
function ociArchive(by: Chance): Buffer {
  const turn = by.below(3);
  const write = (document: object, level: number): Buffer =>
    level === turn ? mutateJson(document, by) : Buffer.from(JSON.stringify(document));
  const configBytes = write(config, 0);
  const manifestBytes = write(manifestOf(configBytes), 1);
  const files = [layer, configBytes, manifestBytes].map((bytes) =>
    fileOf(`blobs/sha256/${hexOf(digestOf(bytes))}`, bytes),
  );
  const index = fileOf("index.json", write(indexOf(manifestBytes), 2));
  return rawTar.archive(...files, index, fileOf("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}')));
}

function dockerArchive(by: Chance): Buffer {
  const configBytes = by.below(2) === 0 ? mutateJson(config, by) : Buffer.from(JSON.stringify(config));
  const name = `${hexOf(digestOf(configBytes))}.json`;
  const manifest = [
    {
      Config: name,
      RepoTags: ["a:latest"],
      Layers: ["layer/layer.tar", "link/layer.tar"].slice(0, 1 + by.below(2)),
    },
  ];
  return rawTar.archive(
    fileOf(name, configBytes),
    fileOf("layer/layer.tar", layer),
    rawTar.symlink("link/layer.tar", "../layer/layer.tar"),
    fileOf("manifest.json", mutateJson(manifest, by)),
  );
}

function fileOf(name: string, bytes: Buffer): Buffer {
  return rawTar.entry({ name }, bytes);
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}
