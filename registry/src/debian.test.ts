import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import {
  addSampleImage,
  addSampleIndex,
  createMemoryBlobs,
  noLease,
  startDebianRegistry,
} from "../testing/index.ts";
import { createDockerCredentials } from "./auth/docker-config.ts";
import { createRegistryClient, type RegistryClientOptions } from "./client.ts";

const amd64 = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64", variant: "v8" };

function options(): RegistryClientOptions {
  return { now: () => Date.now(), random: () => 0.5, attempts: 2 };
}

test("what was pushed to Debian's docker-registry comes back byte for byte, and skopeo agrees", async () => {
  await using registry = await startDebianRegistry();
  using client = createRegistryClient(options());
  const { signal } = new AbortController();
  const blobs = createMemoryBlobs();
  const images = [
    addSampleImage(blobs, { platform: amd64 }),
    addSampleImage(blobs, { platform: arm64, seed: "arm" }),
  ];
  const index = addSampleIndex(blobs, images);
  await client.push(`${registry.host}/team/app:1`, index, { blobs, signal });

  const back = createMemoryBlobs();
  const image = await client.resolve(`${registry.host}/team/app:1`, amd64, { signal });
  assert.equal(image.digest, index.digest);
  assert.equal(image.manifest.digest, images[0]?.manifest.digest);
  for (const blob of [image.config, ...image.layers])
    await client.fetchBlob(image.reference, blob, { blobs: back, lease: noLease, signal });
  for (const [digest, bytes] of back.content) assert.deepEqual(bytes, blobs.content.get(digest));
  assert.equal(back.content.size, 3);
  assert.deepEqual(await client.listTags(`${registry.host}/team/app`, { signal }), ["1"]);

  const seen = JSON.parse(
    execFileSync("skopeo", ["inspect", "--tls-verify=false", `docker://${registry.host}/team/app:1`], {
      encoding: "utf8",
    }),
  ) as { Digest: string; Layers: string[] };
  assert.equal(seen.Digest, index.digest);
  assert.deepEqual(
    seen.Layers,
    image.layers.map(({ digest }) => digest),
  );
});

test("a registry with TLS of its own authority and a password takes a push and gives it back", async (t) => {
  const credentials = { username: "ada", password: "pass:word" };
  await using registry = await startDebianRegistry({ tls: true, credentials });
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-registry-config-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const config = join(directory, "config.json");
  const auth = Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");
  writeFileSync(config, JSON.stringify({ auths: { [registry.host]: { auth } } }));
  const { signal } = new AbortController();
  const blobs = createMemoryBlobs();
  const image = addSampleImage(blobs);
  const name = `${registry.host}/app`;
  const known = { ...options(), caFiles: [registry.caFile ?? ""] };

  using client = createRegistryClient({
    ...known,
    credentials: createDockerCredentials({ files: [config], environment: {} }),
  });
  await client.push(name, image.manifest, { blobs, signal });
  assert.equal((await client.resolve(name, amd64, { signal })).digest, image.manifest.digest);

  using stranger = createRegistryClient(known);
  await assert.rejects(stranger.resolve(name, amd64, { signal }), { code: "REGISTRY_UNAUTHORIZED" });
  using distrustful = createRegistryClient(options());
  await assert.rejects(distrustful.resolve(name, amd64, { signal }), { code: "TLS_FAILED" });
});

test("a push that was given up at any byte can be repeated, and a mount saves the second repository its uploads", async () => {
  await using registry = await startDebianRegistry();
  using client = createRegistryClient(options());
  const { signal } = new AbortController();
  const blobs = createMemoryBlobs();
  const image = addSampleImage(blobs, { layerBytes: [3_000_000, 700] });
  const name = `${registry.host}/app:1`;
  for (const stopAt of [1, 65_536, 1_000_000, 2_999_999]) {
    const controller = new AbortController();
    const onTransfer = (_: unknown, done: number): void => {
      if (done >= stopAt) controller.abort(new Error("given up"));
    };
    const given = client.push(name, image.manifest, { blobs, signal: controller.signal, onTransfer });
    await assert.rejects(given, /given up/);
    await assert.rejects(client.resolve(name, amd64, { signal }), { code: "IMAGE_NOT_FOUND" });
  }
  await client.push(name, image.manifest, { blobs, signal });
  const sent: string[] = [];
  const other = `${registry.host}/other/app:1`;
  await client.push(other, image.manifest, {
    blobs: { ...blobs, stream: (digest) => (sent.push(digest), blobs.stream(digest)) },
    signal,
    mountFrom: () => ["app"],
  });
  assert.deepEqual(sent, []);
  assert.equal((await client.resolve(other, amd64, { signal })).digest, image.manifest.digest);
});
