import { resolve } from "node:path";
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
import { type DockerfileSource, readDockerfile } from "./dockerfile-source.ts";
import { findLoader } from "./loader.ts";
import { canonicalName } from "./local-image.ts";
import { readNamedContext } from "./named-context.ts";
import { openDownloads, openRegistry, trusting } from "./registry-access.ts";
import {
  chooseRuntime,
  chooseSnapshotterFor,
  type RuntimeName,
  type SnapshotterName,
} from "./runner-choice.ts";
import { openSshAgents, type SshPaths, type SshPlace } from "./ssh/agents.ts";
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
  "addHosts",
  "secrets",
  "beforeWork",
] as const;

/** What to build and where to put it; everything but the context has docker's default. */
export interface BuildOptions extends Partial<Pick<BuildRequest, (typeof passedOn)[number]>> {
  /** A directory. */
  readonly context: string;
  /** Path of the Dockerfile, or its text; default `Dockerfile` in the context. */
  readonly dockerfile?: DockerfileSource;
  /** Names in the local store, as docker takes them: `app`, `localhost:5000/team/app:1`. */
  readonly tags?: readonly string[];
  readonly outputs?: readonly ExportRequest[];
  /** `linux/arm64`; default that of this machine. */
  readonly platform?: string;
  /** By name, as `--build-context` takes them: a directory, `docker-image://…`, `oci-layout://…`, a URL, a repository. */
  readonly namedContexts?: Readonly<Record<string, string>>;
  /** For `RUN --mount=type=ssh`, by id: the socket of an agent, or key files; an empty list is `$SSH_AUTH_SOCK`. */
  readonly ssh?: SshPaths;
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
}

/**
 * Builds an image, from now on. The events are for one reader, who may leave them; `result` settles after the last one, with the
 * errors that the command shows. The store is open until then. Cancelled by the signal, it rejects with the signal's reason and
 * leaves a valid store.
 */
export function build(options: BuildOptions): BuildRun {
  const events = createEventStream();
  const result = runBuild(options, events.emit).finally(() => events.end());
  // Who only reads events sees the failure there.
  result.catch(() => undefined);
  return { result, [Symbol.asyncIterator]: () => events.read() };
}

async function runBuild(options: BuildOptions, emit: EmitEvent): Promise<BuildResult> {
  const request = requestOf(options);
  const say = (message: string): void => emit({ kind: "notice", timeMs: Date.now(), message });
  return withPorts(options, say, async (ports) => {
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
export function requestOf(options: BuildOptions): BuildRequest {
  const directory = resolve(options.context);
  const contexts = Object.entries(options.namedContexts ?? {}).map(
    ([name, place]) => [name, readNamedContext(name, place, process.cwd())] as const,
  );
  const given = passedOn.flatMap((name) =>
    options[name] === undefined ? [] : [[name, options[name]] as const],
  );
  return {
    ...(Object.fromEntries(given) as Pick<BuildOptions, (typeof passedOn)[number]>),
    dockerfile: readDockerfile(options.dockerfile, directory),
    context: { directory },
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
