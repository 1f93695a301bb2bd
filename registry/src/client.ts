import {
  type BlobStore,
  type Descriptor,
  type Lease,
  parseReference,
  type Platform,
  type Reference,
} from "@tsbuild/layers";
import { anonymous, type CredentialSource } from "./auth/credentials.ts";
import type { ClientOptions } from "./client-options.ts";
import { type Connection, createConnection } from "./connection.ts";
import { readAuthority } from "./http/authority.ts";
import type { Home } from "./http/destination.ts";
import { createHttp, type Http } from "./http/http.ts";
import { createLimiter } from "./limit.ts";
import { findHome, type Registry, registryOf, securityOf } from "./location.ts";
import { fetchBlob, type OnTransfer } from "./pull/blob.ts";
import { defaultRate } from "./pull/rate.ts";
import { type ResolvedImage, resolveImage } from "./pull/resolve.ts";
import { type PushOptions, pushImage } from "./push/push.ts";
import { singleFlight } from "./single-flight.ts";
import { defaultAttempts, type RetryPolicy, sleep } from "./retry.ts";
import { listTags } from "./tags.ts";

export interface RegistryClientOptions extends ClientOptions {
  readonly credentials?: CredentialSource;
  /** `host` or `host:port` that may speak plain HTTP or show any certificate. */
  readonly insecureRegistries?: readonly string[];
  /** Hosts that a registry may send us to though they are private: an internal token server, say. */
  readonly trustedHosts?: readonly string[];
}

export interface FetchBlobOptions {
  readonly blobs: BlobStore;
  readonly lease: Lease;
  readonly signal: AbortSignal;
  readonly onTransfer?: OnTransfer;
}

/** The distribution API as tsbuild uses it. References are texts as users write them, or parsed. */
export interface RegistryClient extends Disposable {
  /** Pins an image for a platform; brings its index and manifest, no blob. */
  resolve(
    reference: string | Reference,
    platform: Platform,
    options: { readonly signal: AbortSignal },
  ): Promise<ResolvedImage>;
  /** Brings one blob of a repository into the store; at once when it is there. */
  fetchBlob(reference: string | Reference, blob: Descriptor, options: FetchBlobOptions): Promise<void>;
  /** Pushes a manifest or index and everything below it out of a store, under the reference's tag. */
  push(reference: string | Reference, root: Descriptor, options: PushOptions): Promise<void>;
  listTags(reference: string | Reference, options: { readonly signal: AbortSignal }): Promise<string[]>;
}

const defaultIdleTimeoutMs = 30_000;
const downloadsAtOnce = 3;

/** Nothing is opened or read before the first request. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const connect = connector(options);
  const limited = createLimiter(downloadsAtOnce);
  const fetchOnce = singleFlight<void>();
  const rate = options.minimumRate ?? defaultRate;
  return {
    async resolve(name, platform, { signal }) {
      const reference = asReference(name);
      return await resolveImage(connect.to(reference), reference, platform, signal);
    },
    async fetchBlob(name, descriptor, { blobs, lease, signal, onTransfer }) {
      const reference = asReference(name);
      const { path } = reference;
      const connection = connect.to(reference);
      const fetch = { path, descriptor, blobs, lease, signal, onTransfer, rate };
      await fetchOnce(descriptor.digest, signal, () => limited(() => fetchBlob(connection, fetch)));
      // Whoever fetched it may have done so under another lease.
      lease.add(descriptor.digest);
    },
    async push(name, root, pushOptions) {
      const reference = asReference(name);
      await pushImage(connect.to(reference), reference, root, pushOptions);
    },
    async listTags(name, { signal }) {
      const reference = asReference(name);
      return await listTags(connect.to(reference), reference.path, signal);
    },
    [Symbol.dispose]: () => connect[Symbol.dispose](),
  };
}

interface Connector extends Disposable {
  to(reference: Reference): Connection;
}

function connector(options: RegistryClientOptions): Connector {
  const { random, now, idleTimeoutMs = defaultIdleTimeoutMs, attempts = defaultAttempts } = options;
  const { sleep: pause = sleep, onRetry = () => {} } = options;
  const policy: RetryPolicy = { attempts, random, now, sleep: pause, onRetry };
  const connections = new Map<string, Connection>();
  let http: Http | undefined;

  const findOnce = singleFlight<Home>();
  const homes = new Map<string, Home>();
  async function home(registry: Registry, client: Http, signal: AbortSignal): Promise<Home> {
    const { host } = registry;
    const security = securityOf(registry, options.insecureRegistries ?? []);
    const find = (): Promise<Home> => findHome(registry, security, client, { signal, idleTimeoutMs });
    const found = homes.get(host) ?? (await findOnce(host, signal, find));
    homes.set(host, found);
    return found;
  }

  return {
    to(reference) {
      const registry = registryOf(reference);
      const { path } = reference;
      const key = `${registry.host}/${path}`;
      const known = connections.get(key);
      if (known !== undefined) return known;
      http ??= openHttp(options);
      const client = http;
      const credentials = options.credentials ?? { find: async () => anonymous };
      const connection = createConnection({
        registry,
        path,
        http: client,
        credentials,
        policy,
        idleTimeoutMs,
        home: (signal) => home(registry, client, signal),
      });
      connections.set(key, connection);
      return connection;
    },
    [Symbol.dispose]: () => http?.[Symbol.dispose](),
  };
}

function openHttp(options: RegistryClientOptions): Http {
  const { caFiles = [], proxies = {}, trustedHosts = [], insecureRegistries = [], resolver } = options;
  const authorities = caFiles.map(readAuthority);
  return createHttp({ ...proxies, authorities, trustedHosts, insecureHosts: insecureRegistries, resolver });
}

function asReference(name: string | Reference): Reference {
  return typeof name === "string" ? parseReference(name) : name;
}
