import assert from "node:assert/strict";
import type { Descriptor } from "@tsbuild/layers";
import {
  createRegistryClient,
  type CredentialSource,
  type RegistryClient,
  type RegistryClientOptions,
  type ResolvedImage,
  Secret,
} from "../src/index.ts";
import {
  addSampleImage,
  createMemoryBlobs,
  type FakeRegistry,
  type FakeRegistryOptions,
  type MemoryBlobs,
  noLease,
  type SampleImage,
  startFakeRegistry,
} from "../testing/index.ts";

export const amd64 = { os: "linux", architecture: "amd64" } as const;
export const repository = "team/app";

/** A fake registry with one image in it, and a client whose waiting takes no time but is written down. */
export interface Harness extends AsyncDisposable {
  readonly registry: FakeRegistry;
  readonly client: RegistryClient;
  readonly name: string;
  /** What is in the registry. */
  readonly source: MemoryBlobs;
  readonly image: SampleImage;
  /** What the client has fetched. */
  readonly target: MemoryBlobs;
  readonly delays: number[];
  readonly signal: AbortSignal;
}

export interface HarnessOptions {
  readonly fake?: FakeRegistryOptions;
  readonly client?: Partial<RegistryClientOptions>;
  readonly layerBytes?: readonly number[];
  /** Leaves the registry empty, for pushes. */
  readonly isEmpty?: boolean;
}

export const ada: CredentialSource = {
  find: async () => ({ kind: "password", username: "ada", password: new Secret("secret-password") }),
};

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const { layerBytes = [1000, 300_000] } = options;
  const registry = await startFakeRegistry(options.fake);
  const source = createMemoryBlobs();
  const image = addSampleImage(source, { layerBytes });
  if (options.isEmpty !== true) store(registry, repository, source, image.manifest, "1");
  const delays: number[] = [];
  const client = createRegistryClient({
    now: () => Date.now(),
    random: () => 0,
    idleTimeoutMs: 5000,
    sleep: async (milliseconds, signal) => {
      signal.throwIfAborted();
      delays.push(milliseconds);
    },
    ...options.client,
  });
  const { signal } = new AbortController();
  return {
    registry,
    client,
    name: `${registry.host}/${repository}:1`,
    source,
    image,
    target: createMemoryBlobs(),
    delays,
    signal,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await registry.stop();
    },
  };
}

/** Puts what a store holds straight into the fake. */
export function store(
  registry: FakeRegistry,
  path: string,
  blobs: MemoryBlobs,
  root: Descriptor,
  tag: string,
): void {
  for (const [digest, bytes] of blobs.content) registry.content.repository(path).blobs.set(digest, bytes);
  const bytes = blobs.read(root.digest, Number.POSITIVE_INFINITY);
  const { problem } = registry.content.putManifest(path, tag, { mediaType: root.mediaType, bytes });
  assert.equal(problem, undefined);
}

/** Resolves the image and fetches all its blobs. */
export async function pull({ client, name, target, signal }: Harness): Promise<ResolvedImage> {
  const image = await client.resolve(name, amd64, { signal });
  for (const blob of [image.config, ...image.layers])
    await client.fetchBlob(image.reference, blob, { blobs: target, lease: noLease, signal });
  return image;
}

/** Every blob of the image is there with its own bytes, and nothing else is. */
export function assertPulled({ image, source, target }: Harness): void {
  const blobs = [image.config, ...image.layers];
  for (const { digest } of blobs) assert.deepEqual(target.content.get(digest), source.content.get(digest));
  assert.equal(target.content.size, blobs.length);
  assert.equal(target.partial.size, 0);
}

/** The registry has the image complete under its tag. */
export function assertPushed({ image, source, registry }: Harness): void {
  const { blobs, tags } = registry.content.repository(repository);
  assert.equal(tags.get("1"), image.manifest.digest);
  for (const { digest } of [image.config, ...image.layers])
    assert.deepEqual(blobs.get(digest), source.content.get(digest));
}
