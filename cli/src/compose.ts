import type { BuilderPorts, ImageLoader, ImageSink } from "@tsbuild/builder";
import {
  createLayerStore,
  type LayerStore,
  type Lease,
  parseReference,
  type Snapshotter,
  type Store,
} from "@tsbuild/layers";
import type { DownloadClient, RegistryClient } from "@tsbuild/registry";
import type { Runtime } from "@tsbuild/runner-native";
import { createGitClient } from "./git/git-client.ts";
import { createImageSource } from "./images/image-source.ts";
import { randomHex } from "./store-root.ts";

/** What is chosen outside: heavy parts are given as makers, called when the first step needs them. */
export interface CompositionParts {
  readonly store: Store;
  readonly lease: Lease;
  readonly signal: AbortSignal | undefined;
  readonly registry: OpenRegistry;
  readonly downloads: () => DownloadClient;
  readonly notice: (message: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly loader: ImageLoader | undefined;
  readonly runtime: () => Runtime;
  readonly snapshotter: (layers: LayerStore) => Promise<Snapshotter>;
}

/** A client of the registries; for an insecure one a client that believes it. */
export type OpenRegistry = (insecureRegistry?: string) => RegistryClient;

/** The one place that wires real parts together: everything a build needs from outside. */
export function compose({ store, lease, signal, notice, env, ...makers }: CompositionParts): BuilderPorts {
  const registry = once(() => makers.registry());
  const downloads = once(makers.downloads);
  const layers = createLayerStore({ store, lease, randomHex, now: Date.now, ...(signal && { signal }) });
  return {
    store,
    lease,
    layers,
    snapshotter: lateSnapshotter(once(() => makers.snapshotter(layers))),
    runtime: lateRuntime(once(makers.runtime)),
    images: createImageSource({ store, layers, lease, registry, now: Date.now, say: notice }),
    downloads: { fetch: (url, options) => downloads().fetch(url, { ...options, blobs: store.blobs, lease }) },
    git: createGitClient(env),
    sink: registrySink(store, (insecure) =>
      insecure === undefined ? registry() : makers.registry(insecure),
    ),
    ...(makers.loader ? { loader: makers.loader } : {}),
    clock: { now: Date.now },
    randomHex,
  };
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

function lateSnapshotter(make: () => Promise<Snapshotter>): BuilderPorts["snapshotter"] {
  return { prepare: async (parent, options) => (await make()).prepare(parent, options) };
}

function lateRuntime(make: () => Runtime): Runtime {
  return {
    get name() {
      return make().name;
    },
    run: (spec, io) => make().run(spec, io),
  };
}

/** Pushes out of the store. */
export function registrySink(store: Store, open: OpenRegistry): ImageSink {
  return {
    push: async ({ reference, manifest }, { signal, onTransfer, insecure = false }) => {
      const registry = insecure ? open(parseReference(reference).domain) : open();
      await registry.push(reference, manifest, {
        blobs: store.blobs,
        signal,
        onTransfer: (what, doneBytes, totalBytes) => onTransfer(what.digest, doneBytes, totalBytes),
        mountFrom: () => siblingsOf(store, reference),
      });
      return { digest: manifest.digest };
    },
  };
}

/** Repositories of the same registry that the store has images of: their blobs are mounted instead of sent. */
function siblingsOf(store: Store, reference: string): string[] {
  const target = parseReference(reference);
  const others = store.images
    .list()
    .map(({ name }) => parseReference(name))
    .filter(({ domain, path }) => domain === target.domain && path !== target.path);
  return [...new Set(others.map(({ path }) => path))].slice(0, maxSiblings);
}

/** A mount that the registry declines costs a round trip. */
const maxSiblings = 3;
