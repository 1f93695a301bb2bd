import { resolve } from "node:path";
import {
  type BuildEvent,
  type BuildRequest,
  type BuildResult,
  type BuildRun,
  build as buildGraph,
  type ExportRequest,
  type PullPolicy,
} from "@tsbuild/builder";
import { parsePlatform } from "@tsbuild/layers";
import { compose } from "./compose.ts";
import { type DockerfileSource, readDockerfile } from "./dockerfile-source.ts";
import { findLoader } from "./loader.ts";
import { canonicalName } from "./local-image.ts";
import { openRegistry } from "./registry-access.ts";
import {
  chooseRuntime,
  chooseSnapshotterFor,
  type RuntimeName,
  type SnapshotterName,
} from "./runner-choice.ts";
import { openStoreFor } from "./store-root.ts";

/** What to build and where to put it; everything but the context has docker's default. */
export interface BuildOptions {
  /** A directory. */
  readonly context: string;
  /** Path of the Dockerfile, or its text; default `Dockerfile` in the context. */
  readonly dockerfile?: DockerfileSource;
  /** Names in the local store, as docker takes them: `app`, `localhost:5000/team/app:1`. */
  readonly tags?: readonly string[];
  readonly outputs?: readonly ExportRequest[];
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** `linux/arm64`; default that of this machine. */
  readonly platform?: string;
  readonly namedContexts?: Readonly<Record<string, string>>;
  readonly noCache?: boolean;
  readonly pull?: PullPolicy;
  readonly network?: "default" | "host" | "none";
  /** RUN steps at a time. */
  readonly jobs?: number;
  /** SOURCE_DATE_EPOCH, in seconds. */
  readonly epoch?: number;
  readonly reproducible?: boolean;
  readonly addHosts?: NonNullable<BuildRequest["addHosts"]>;
  readonly secrets?: NonNullable<BuildRequest["secrets"]>;
  readonly signal?: AbortSignal;
  /** The store directory; default `$TSBUILD_ROOT`, else the system's for root and the user's own otherwise. */
  readonly storeRoot?: string;
  readonly runtime?: RuntimeName;
  readonly snapshotter?: SnapshotterName;
  readonly insecureRegistries?: readonly string[];
  /** Private hosts that a registry may send to. */
  readonly trustedHosts?: readonly string[];
  readonly caCertificates?: readonly string[];
  /** Proxies, credentials and certificates are read from here; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** See BuildRequest: an ordinary user has to enter a user namespace before the first step that is not cached. */
  readonly beforeWork?: () => Promise<void>;
}

/**
 * Builds an image. Iterate the run for its events; `result` settles after the last one, with the errors that the command shows.
 * The store is open until then. Cancelled by the signal, it throws the signal's reason and leaves a valid store.
 */
export function build(options: BuildOptions): BuildRun {
  let settle: { resolve: (result: BuildResult) => void; reject: (error: unknown) => void } | undefined;
  const result = new Promise<BuildResult>((resolveResult, reject) => {
    settle = { resolve: resolveResult, reject };
  });
  // Who only iterates sees the failure there.
  result.catch(() => undefined);
  async function* events(): AsyncGenerator<BuildEvent> {
    try {
      settle?.resolve(yield* runIn(options));
    } catch (error) {
      settle?.reject(error);
      throw error;
    }
  }
  return { result, [Symbol.asyncIterator]: events };
}

async function* runIn(options: BuildOptions): AsyncGenerator<BuildEvent, BuildResult> {
  const env = options.env ?? process.env;
  const place = { env, cwd: process.cwd() };
  const request = await requestOf(options);
  await using store = openStoreFor(options.storeRoot, place);
  await using lease = await store.lease("build");
  const registryChoices = {
    "insecure-registry": options.insecureRegistries ?? [],
    "trusted-host": options.trustedHosts ?? [],
    "ca-cert": options.caCertificates ?? [],
  };
  const notices: BuildEvent[] = [];
  const ports = compose({
    store,
    lease,
    signal: options.signal,
    registry: () => openRegistry(registryChoices, place),
    loader: findLoader(place),
    runtime: () => chooseRuntime(options.runtime ?? "helper", store),
    snapshotter: (layers) =>
      chooseSnapshotterFor(options.snapshotter, { store, layers }, (message) =>
        notices.push({ kind: "notice", timeMs: Date.now(), message }),
      ),
  });
  const run = buildGraph(request, ports);
  for await (const event of run) {
    yield* notices.splice(0);
    yield event;
  }
  return await run.result;
}

async function requestOf(options: BuildOptions): Promise<BuildRequest> {
  const directory = resolve(options.context);
  const contexts = Object.entries(options.namedContexts ?? {}).map(
    ([name, path]) => [name, { directory: resolve(path) }] as const,
  );
  const {
    target,
    buildArgs,
    labels,
    noCache,
    pull,
    network,
    jobs,
    epoch,
    reproducible,
    addHosts,
    secrets,
    beforeWork,
  } = options;
  return {
    dockerfile: readDockerfile(options.dockerfile, directory),
    context: { directory },
    namedContexts: Object.fromEntries(contexts),
    ...given({
      target,
      buildArgs,
      labels,
      noCache,
      pull,
      network,
      jobs,
      epoch,
      reproducible,
      addHosts,
      secrets,
      beforeWork,
    }),
    ...given({
      platform: options.platform === undefined ? undefined : parsePlatform(options.platform, hostPlatform),
    }),
    exports: [{ kind: "store", names: (options.tags ?? []).map(canonicalName) }, ...(options.outputs ?? [])],
    signal: options.signal ?? new AbortController().signal,
  };
}

const hostPlatform = { os: "linux", architecture: process.arch };

/** Without the fields that are undefined: a missing option and one given as undefined mean the same. */
function given<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]: Exclude<Fields[Name], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof Fields]: Exclude<Fields[Name], undefined> };
}
