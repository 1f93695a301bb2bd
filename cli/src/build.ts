import {
  type BuilderPorts,
  type BuildRequest,
  type BuildResult,
  type BuildRun,
  build as buildGraph,
  createEventStream,
  type EmitEvent,
  type ExportRequest,
} from "@tsbuild/builder";
import { parsePlatform } from "@tsbuild/layers";
import { compose } from "./compose.ts";
import { findLoader } from "./images/loader.ts";
import { canonicalName } from "./images/local-image.ts";
import { readNamedContext } from "./sources/named-context.ts";
import { openDownloads, openRegistry, trusting } from "./images/registry-access.ts";
import {
  chooseRuntime,
  chooseSnapshotterFor,
  type RuntimeName,
  type SnapshotterName,
} from "./options/runner-choice.ts";
import type { BuildSources, SourceOptions, SourcePlace } from "./options/source-options.ts";
import { openSources } from "./sources/sources.ts";
import { openSshAgents, type SshPlace } from "./ssh/agents.ts";
import { openStoreFor } from "./store-root.ts";

/** What the builder takes as it is. */
const passedOn = [
  "target",
  "buildArgs",
  "labels",
  "noCache",
  "noCacheFilter",
  "pull",
  "network",
  "jobs",
  "epoch",
  "reproducible",
  "allow",
  "deviceDirectories",
  "addHosts",
  "hostname",
  "shmSizeBytes",
  "ulimits",
  "cgroupParent",
  "resources",
  "secrets",
  "beforeWork",
] as const;

/** What to build and where to put it; everything but the context has docker's default. */
export interface BuildOptions extends SourceOptions, Partial<Pick<BuildRequest, (typeof passedOn)[number]>> {
  /** Names in the local store, as docker takes them: `app`, `localhost:5000/team/app:1`. */
  readonly tags?: readonly string[];
  readonly outputs?: readonly ExportRequest[];
  /** `linux/arm64`; default that of this machine. */
  readonly platform?: string;
  /** By name, as `--build-context` takes them: a directory, `docker-image://…`, `oci-layout://…`, a URL, a repository. */
  readonly namedContexts?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly runtime?: RuntimeName;
  readonly snapshotter?: SnapshotterName;
  readonly insecureRegistries?: readonly string[];
  /** Private hosts that a registry may send to. */
  readonly trustedHosts?: readonly string[];
  /** Proxies, credentials and certificates are read from here; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Builds an image, from now on. The events are for one reader, who may leave them; `result` settles after the last one, with the
 * errors that the command shows. The store is open until then. Cancelled by the signal, it rejects with the signal's reason and
 * leaves a valid store.
 */
export function build(options: BuildOptions): BuildRun {
  return started(async (emit) => {
    await using sources = await openSources(options, sourcePlaceOf(options, noticing(emit)));
    return await runBuild(options, sources, emit);
  });
}

/** As `build`, with sources that are open already and stay so until the end. */
export function buildFrom(options: BuildOptions, sources: BuildSources): BuildRun {
  return started((emit) => runBuild(options, sources, emit));
}

function started(work: (emit: EmitEvent) => Promise<BuildResult>): BuildRun {
  const events = createEventStream();
  const result = work(events.emit).finally(() => events.end());
  // Who only reads events sees the failure there.
  result.catch(() => undefined);
  return { result, [Symbol.asyncIterator]: () => events.read() };
}

function noticing(emit: EmitEvent): (message: string) => void {
  return (message) => emit({ kind: "notice", timeMs: Date.now(), message });
}

/** Where the sources of a build of the library are looked for. */
export function sourcePlaceOf(options: BuildOptions, say: (message: string) => void): SourcePlace {
  return { ...placeOf(options), signal: options.signal ?? new AbortController().signal, say };
}

async function runBuild(options: BuildOptions, sources: BuildSources, emit: EmitEvent): Promise<BuildResult> {
  const request = requestOf(options, sources);
  return withPorts(options, noticing(emit), async (ports) => {
    const run = buildGraph(request, ports);
    for await (const event of run) emit(event);
    return run.result;
  });
}

/** Opens what a build needs from outside, for as long as `work` takes. `say` is told everything once. */
export async function withPorts<Result>(
  options: BuildOptions,
  say: (message: string) => void,
  work: (ports: BuilderPorts) => Promise<Result>,
): Promise<Result> {
  const place = placeOf(options);
  await using store = openStoreFor(options.storeRoot, place);
  await using lease = await store.lease("build");
  const registryChoices = {
    "insecure-registry": options.insecureRegistries ?? [],
    "trusted-host": options.trustedHosts ?? [],
    "ca-cert": options.caCertificates ?? [],
  };
  const said = new Set<string>();
  const notice = (message: string): void => {
    if (!said.has(message)) say(message);
    said.add(message);
  };
  using clients = new DisposableStack();
  const ports = compose({
    store,
    lease,
    signal: options.signal,
    notice,
    env: place.env,
    registry: (insecure) =>
      clients.use(openRegistry(trusting(registryChoices, insecure), { ...place, say: notice })),
    downloads: () => clients.use(openDownloads(registryChoices, { ...place, say: notice })),
    loader: findLoader(place),
    runtime: () => chooseRuntime(options.runtime ?? "helper", store),
    snapshotter: (layers) => chooseSnapshotterFor(options.snapshotter, { store, layers }, notice),
  });
  return await work(ports);
}

/** What the builder is asked: paths absolute, the Dockerfile read. */
export function requestOf(options: BuildOptions, { context, dockerfile }: BuildSources): BuildRequest {
  const contexts = Object.entries(options.namedContexts ?? {}).map(
    ([name, place]) => [name, readNamedContext(name, place, process.cwd())] as const,
  );
  const given = passedOn.flatMap((name) =>
    options[name] === undefined ? [] : [[name, options[name]] as const],
  );
  return {
    ...(Object.fromEntries(given) as Pick<BuildOptions, (typeof passedOn)[number]>),
    dockerfile,
    context,
    namedContexts: Object.fromEntries(contexts),
    ...(options.ssh === undefined ? {} : { ssh: openSshAgents(options.ssh, placeOf(options)) }),
    ...(options.platform === undefined ? {} : { platform: parsePlatform(options.platform) }),
    exports: [{ kind: "store", names: (options.tags ?? []).map(canonicalName) }, ...(options.outputs ?? [])],
    signal: options.signal ?? new AbortController().signal,
  };
}

function placeOf({ env = process.env }: BuildOptions): SshPlace {
  return { env, cwd: process.cwd() };
}
