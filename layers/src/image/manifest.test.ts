import assert from "node:assert/strict";
import { test } from "node:test";
import { type Descriptor, mediaTypes } from "../descriptor.ts";
import { digestOf } from "../digest.ts";
import { type ImageConfig, parseImageConfig, writeImageConfig } from "./config.ts";
import { parseManifest, writeIndex, writeManifest } from "./manifest.ts";
import { resolveManifest } from "./resolve-manifest.ts";

const digest = digestOf("x");
const config: Descriptor = { mediaType: mediaTypes.ociConfig, digest, size: 3 };
const layer: Descriptor = {
  mediaType: mediaTypes.ociLayerGzip,
  digest,
  size: 4,
  annotations: { b: "<", a: "1" },
};

function parse(document: unknown, mediaType: string | undefined = mediaTypes.ociManifest): unknown {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  return parseManifest(Buffer.from(text), { mediaType, what: "test" });
}

/** Maps that were read have no prototype. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

const good = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };

test("manifest: what is written is read back, laid out as BuildKit does", () => {
  const bytes = writeManifest({ mediaType: mediaTypes.ociManifest, config, layers: [layer] });
  assert.equal(
    bytes.toString(),
    `{
  "schemaVersion": 2,
  "mediaType": "${mediaTypes.ociManifest}",
  "config": {
    "mediaType": "${mediaTypes.ociConfig}",
    "digest": "${digest}",
    "size": 3
  },
  "layers": [
    {
      "mediaType": "${mediaTypes.ociLayerGzip}",
      "digest": "${digest}",
      "size": 4,
      "annotations": {
        "a": "1",
        "b": "\\u003c"
      }
    }
  ]
}`,
  );
  const read = parseManifest(bytes, { mediaType: undefined, what: "test" });
  assert.deepEqual(read.kind === "manifest" && plain([read.config, read.layers]), [config, [layer]]);
});

test("manifest: an index keeps its platforms", () => {
  const platform = {
    os: "linux",
    architecture: "arm",
    variant: "v7",
    "os.version": "1",
    "os.features": ["a"],
  };
  const manifests = [
    { ...config, mediaType: mediaTypes.ociManifest, platform, artifactType: "a/b", urls: ["https://x"] },
  ];
  const bytes = writeIndex({ mediaType: mediaTypes.ociIndex, manifests, annotations: { k: "v" } });
  const read = parseManifest(bytes, { mediaType: mediaTypes.ociIndex, what: "test" });
  assert.deepEqual(read.kind === "index" && plain([read.manifests, read.annotations]), [
    manifests,
    { k: "v" },
  ]);
});

test("manifest: docker's media types are known, and none at all means OCI's", () => {
  for (const mediaType of [mediaTypes.dockerManifest, mediaTypes.ociManifest, undefined]) {
    const { mediaType: _, ...plain } = good;
    assert.equal((parse(plain, mediaType) as { kind: string }).kind, "manifest");
  }
  assert.equal(
    (parse({ schemaVersion: 2, manifests: [] }, mediaTypes.dockerManifestList) as { kind: string }).kind,
    "index",
  );
});

for (const [name, document, mediaType, code] of [
  ["both layers and manifests", { ...good, manifests: [] }, undefined, "MANIFEST_INVALID"],
  ["layers and manifests in another case", { ...good, Manifests: [] }, undefined, "MANIFEST_INVALID"],
  [
    "an index sent as a manifest",
    { schemaVersion: 2, manifests: [] },
    mediaTypes.ociManifest,
    "MANIFEST_INVALID",
  ],
  [
    "a manifest sent as an index",
    { schemaVersion: 2, config, layers: [] },
    mediaTypes.ociIndex,
    "MANIFEST_INVALID",
  ],
  ["another media type than it was sent as", good, mediaTypes.dockerManifest, "MANIFEST_INVALID"],
  ["an unknown media type", { ...good, mediaType: "text/plain" }, undefined, "MANIFEST_INVALID"],
  ["schema 1", { schemaVersion: 1, fsLayers: [] }, undefined, "MANIFEST_INVALID"],
  ["no schema version", { config, layers: [] }, undefined, "MANIFEST_INVALID"],
  ["no config", { schemaVersion: 2, layers: [] }, undefined, "MANIFEST_INVALID"],
  ["no layers", { schemaVersion: 2, config }, undefined, "MANIFEST_INVALID"],
  ["a key in another case", { schemaVersion: 2, Config: config, layers: [] }, undefined, "MANIFEST_INVALID"],
  ["layers that are no list", { ...good, layers: {} }, undefined, "MANIFEST_INVALID"],
  ["a layer that is no object", { ...good, layers: [1] }, undefined, "MANIFEST_INVALID"],
  [
    "a media type that is none",
    { ...good, config: { ...config, mediaType: "text" } },
    undefined,
    "MANIFEST_INVALID",
  ],
  [
    "half a platform",
    { ...good, config: { ...config, platform: { os: "linux" } } },
    undefined,
    "MANIFEST_INVALID",
  ],
  ["a negative size", { ...good, config: { ...config, size: -1 } }, undefined, "MANIFEST_INVALID"],
  ["half a byte", { ...good, config: { ...config, size: 1.5 } }, undefined, "MANIFEST_INVALID"],
  ["a size as text", { ...good, config: { ...config, size: "3" } }, undefined, "MANIFEST_INVALID"],
  [
    "a digest with a path",
    { ...good, config: { ...config, digest: "sha256:../../x" } },
    undefined,
    "MANIFEST_INVALID",
  ],
  [
    "another hash",
    { ...good, config: { ...config, digest: `sha512:${"0".repeat(128)}` } },
    undefined,
    "MANIFEST_INVALID",
  ],
  ["an annotation that is a number", { ...good, annotations: { a: 1 } }, undefined, "MANIFEST_INVALID"],
  [
    "1025 layers",
    { ...good, layers: Array.from({ length: 1025 }, () => layer) },
    undefined,
    "MANIFEST_INVALID",
  ],
  ["more than 4 MiB", `{"schemaVersion":2,"x":"${"y".repeat(4 << 20)}"}`, undefined, "JSON_INVALID"],
  ["a key twice", '{"schemaVersion":2,"layers":[],"layers":[]}', undefined, "JSON_INVALID"],
  ["a list", "[]", undefined, "JSON_INVALID"],
] as const)
  test(`manifest: refused is ${name}`, () =>
    assert.throws(() => parse(document, mediaType ?? undefined), { code }));

const image: ImageConfig = {
  architecture: "arm64",
  os: "linux",
  variant: "v8",
  created: "2020-01-01T00:00:00Z",
  author: "me",
  config: {
    User: "app",
    ExposedPorts: { "80/tcp": {}, "8/udp": {} },
    Env: ["A=<b>"],
    Entrypoint: ["/e"],
    Cmd: ["c"],
    Volumes: { "/v": {} },
    WorkingDir: "/w",
    Labels: { b: "2", a: "1" },
    StopSignal: "SIGINT",
    Healthcheck: { Test: ["CMD", "x"], Interval: 30_000_000_000, Retries: 3 },
    OnBuild: ["RUN x"],
    Shell: ["/bin/bash", "-c"],
  },
  rootfs: { type: "layers", diff_ids: [digest] },
  history: [{ created: "2020-01-01T00:00:00Z", created_by: "RUN x", comment: "c", empty_layer: true }],
};

test("config: written in BuildKit's order, and read back", () => {
  const bytes = writeImageConfig(image);
  assert.equal(
    bytes.toString(),
    '{"architecture":"arm64","author":"me","config":{"User":"app","ExposedPorts":{"8/udp":{},"80/tcp":{}},' +
      '"Env":["A=\\u003cb\\u003e"],"Entrypoint":["/e"],"Cmd":["c"],"Volumes":{"/v":{}},"WorkingDir":"/w",' +
      '"Labels":{"a":"1","b":"2"},"StopSignal":"SIGINT","Healthcheck":{"Test":["CMD","x"],"Interval":30000000000,"Retries":3},' +
      '"OnBuild":["RUN x"],"Shell":["/bin/bash","-c"]},"created":"2020-01-01T00:00:00Z",' +
      '"history":[{"created":"2020-01-01T00:00:00Z","created_by":"RUN x","comment":"c","empty_layer":true}],' +
      `"os":"linux","rootfs":{"type":"layers","diff_ids":["${digest}"]},"variant":"v8"}`,
  );
  assert.deepEqual(plain(parseImageConfig(bytes, "test").config), image);
});

test("config: nulls are absent, unknown fields are kept in raw only", () => {
  const document = {
    architecture: "amd64",
    os: "linux",
    config: { Cmd: null, Hostname: "x", Labels: null },
    rootfs: { type: "layers", diff_ids: null },
    history: null,
    extra: { a: 1 },
  };
  const { config: parsed, raw } = parseImageConfig(Buffer.from(JSON.stringify(document)), "test");
  assert.deepEqual(parsed, {
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: [] },
  });
  assert.deepEqual(JSON.parse(JSON.stringify(raw["extra"])), { a: 1 });
});

for (const [name, change] of [
  ["no rootfs", { rootfs: undefined }],
  ["another kind of rootfs", { rootfs: { type: "tar", diff_ids: [] } }],
  ["a diffID that is no digest", { rootfs: { type: "layers", diff_ids: ["x"] } }],
  ["a command that is text", { config: { Cmd: "sh" } }],
  ["a label that is a number", { config: { Labels: { a: 1 } } }],
  ["a key in another case", { config: { cmd: ["sh"] } }],
  ["an os that is a number", { os: 1 }],
  ["history that is no list", { history: {} }],
  ["too many layers", { rootfs: { type: "layers", diff_ids: Array.from({ length: 1025 }, () => digest) } }],
] as const)
  test(`config: refused is ${name}`, () => {
    const bytes = Buffer.from(JSON.stringify({ ...image, ...change }));
    assert.throws(() => parseImageConfig(bytes, "test"), { code: "MANIFEST_INVALID" });
  });

/** Documents by digest, for resolving. */
function library(...documents: readonly Buffer[]): {
  read: (descriptor: Descriptor) => Uint8Array;
  describe: (index: number, mediaType: string, os?: string, architecture?: string) => Descriptor;
} {
  const known = new Map(documents.map((bytes) => [digestOf(bytes) as string, bytes]));
  return {
    read: (descriptor) => known.get(descriptor.digest) ?? Buffer.alloc(0),
    describe(index, mediaType, os, architecture) {
      const bytes = documents[index] as Buffer;
      const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
      return os && architecture ? { ...descriptor, platform: { os, architecture } } : descriptor;
    },
  };
}

const manifestBytes = writeManifest({ mediaType: mediaTypes.ociManifest, config, layers: [] });

test("resolve: an index leads to the manifest of the platform, attestations aside", async () => {
  const { read, describe } = library(manifestBytes);
  const manifests = [
    { ...config, mediaType: mediaTypes.ociManifest, platform: { os: "linux", architecture: "arm64" } },
    { ...config, mediaType: mediaTypes.ociManifest, platform: { os: "unknown", architecture: "unknown" } },
    describe(0, mediaTypes.ociManifest, "linux", "amd64"),
  ];
  const index = writeIndex({ mediaType: mediaTypes.ociIndex, manifests });
  const top = { mediaType: mediaTypes.ociIndex, digest: digestOf(index), size: index.length };
  const all = {
    what: "test",
    read: (wanted: Descriptor) => (wanted.digest === top.digest ? index : read(wanted)),
  };
  const platform = { os: "linux", architecture: "x86_64" };
  const { descriptor } = await resolveManifest(top, { ...all, platform });
  assert.equal(descriptor.digest, digestOf(manifestBytes));
  const missing = { os: "linux", architecture: "s390x" };
  await assert.rejects(
    resolveManifest(top, { ...all, platform: missing }),
    (error: Error & { hint: string }) => {
      assert.match(error.message, /no image for linux\/s390x/);
      assert.equal(error.hint, "it has: linux/arm64, linux/amd64");
      return true;
    },
  );
  await assert.rejects(resolveManifest(top, { ...all, platform: undefined }), { code: "IMAGE_UNKNOWN" });
});

test("resolve: an index nested more than four deep is refused", async () => {
  const chain = [manifestBytes];
  let mediaType: string = mediaTypes.ociManifest;
  const tops: Descriptor[] = [];
  for (let depth = 0; depth < 5; depth++) {
    const below = chain.at(-1) as Buffer;
    const descriptor = { mediaType, digest: digestOf(below), size: below.length };
    const index = writeIndex({ mediaType: mediaTypes.ociIndex, manifests: [descriptor] });
    chain.push(index);
    mediaType = mediaTypes.ociIndex;
    tops.push({ mediaType, digest: digestOf(index), size: index.length });
  }
  const { read } = library(...chain);
  const options = { what: "test", read, platform: undefined };
  assert.equal(
    (await resolveManifest(tops[2] as Descriptor, options)).descriptor.digest,
    digestOf(manifestBytes),
  );
  await assert.rejects(resolveManifest(tops[3] as Descriptor, options), { code: "MANIFEST_INVALID" });
});
