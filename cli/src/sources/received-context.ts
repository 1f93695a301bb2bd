import { existsSync, writeFileSync } from "node:fs";
import { isAbsolute, join, posix } from "node:path";
import {
  authorizationFor,
  type BuildRequest,
  checkOutRepository,
  httpSeconds,
  isBehindSsh,
  type LocalContext,
  type Repository,
  unpackArchive,
} from "@tsbuild/builder";
import { createLayerStore, createRootDirView, type Lease, readText, type Store } from "@tsbuild/layers";
import { bytesFromText, openRootDir, textFromBytes } from "@tsbuild/runner-native";
import {
  lowerCased,
  maxDockerfileBytes,
  pathOf,
  readElsewhere,
  readHostFile,
  readTextFrom,
} from "./dockerfile-source.ts";
import { cliError } from "../errors.ts";
import { createGitClient } from "../git/git-client.ts";
import { openDownloads } from "../images/registry-access.ts";
import { openSshAgents, type SshPaths } from "../ssh/agents.ts";
import type { BuildSources, SourcePlace, SourceReading } from "../options/source-options.ts";
import { openStoreFor, randomHex } from "../store-root.ts";

/** A context that is no directory of this machine. */
export type ReceivedKind =
  | { readonly kind: "stream"; readonly bytes: AsyncIterable<Uint8Array> }
  | { readonly kind: "http"; readonly url: string }
  | { readonly kind: "git"; readonly repository: Repository };

/** Far beyond any context, far below a disk. */
const maxDownloadBytes = 64 * 2 ** 30;

/**
 * Receives a context into a private directory of the store, which goes with the result. As in BuildKit, a `.dockerignore` in it
 * counts for nothing. @throws USAGE, CONTEXT_MISSING, REF_MISSING, CHECKSUM_MISMATCH, GIT_FAILED, DOWNLOAD_FAILED, TAR_INVALID, TAR_ESCAPES
 */
export async function receiveContext(from: ReceivedKind, receiving: SourceReading): Promise<BuildSources> {
  const { options, place } = receiving;
  await options.beforeWork?.();
  await using opened = new AsyncDisposableStack();
  const store = opened.use(openStoreFor(options.storeRoot, place));
  const lease = opened.use(await store.lease("context"));
  const received = await fill(from, {
    ...receiving,
    store,
    lease,
    directory: store.temporaryDirectory("context"),
  });
  const dockerfile = await dockerfileOf(from, received, receiving);
  const { directory, changed } = received;
  if (existsSync(join(directory, ".dockerignore")))
    place.say("the context's .dockerignore has no effect: only a context that is a directory has one");
  const kept = opened.move();
  return {
    context: { directory, ...(changed && { changed }) },
    dockerfile: { ...dockerfile, ignore: "" },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

interface Filling extends SourceReading {
  readonly store: Store;
  readonly lease: Lease;
  /** Empty, and nobody else's. */
  readonly directory: string;
}

interface Received extends LocalContext {
  /** When what was received is no archive: it is the Dockerfile. */
  readonly text?: string;
}

async function fill(from: ReceivedKind, filling: Filling): Promise<Received> {
  switch (from.kind) {
    case "git":
      return fillFromGit(from.repository, filling);
    case "stream":
      return fillFromBytes(from.bytes, filling);
    case "http": {
      const { bytes, modifiedSeconds } = await download(from.url, filling);
      const received = await fillFromBytes(bytes, filling);
      // BuildKit: a file that is the Dockerfile is the one file of its context, too.
      if (received.text !== undefined) writeFileSync(join(received.directory, "context"), received.text);
      return modifiedSeconds === undefined
        ? received
        : { ...received, changed: { seconds: modifiedSeconds, by: "server" } };
    }
  }
}

async function fillFromGit(
  repository: Repository,
  { options, place, directory }: Filling,
): Promise<Received> {
  const { path, committedSeconds } = await checkOutRepository(repository, {
    git: createGitClient(place.env),
    access: {
      ...(options.secrets && { secrets: options.secrets }),
      ...(isBehindSsh(repository) && { ssh: openSshAgents(agentPaths(place.env, options.ssh), place) }),
    },
    directory,
    signal: place.signal,
  });
  return {
    directory: join(directory, textFromBytes(path)),
    changed: { seconds: committedSeconds, by: "commit" },
  };
}

/** As buildx: for a context the user's own agent needs not be named. */
function agentPaths(env: SourcePlace["env"], given: SshPaths = {}): SshPaths {
  return (env["SSH_AUTH_SOCK"] ?? "") === "" ? given : { default: [], ...given };
}

async function fillFromBytes(
  bytes: AsyncIterable<Uint8Array>,
  { place, store, lease, directory }: Filling,
): Promise<Received> {
  const { signal } = place;
  const layers = createLayerStore({ store, lease, randomHex, now: Date.now, signal });
  const nowSeconds = Math.floor(Date.now() / 1000);
  const unpacked = await unpackArchive(bytes, { store, layers, directory, nowSeconds, signal });
  if (unpacked.kind === "plain")
    return { directory, text: await readTextFrom(unpacked.bytes, "the context") };
  const { newestSeconds } = unpacked;
  return newestSeconds === undefined
    ? { directory }
    : { directory, changed: { seconds: newestSeconds, by: "archive" } };
}

async function download(
  url: string,
  { options, place, store, lease }: Filling,
): Promise<{ readonly bytes: AsyncIterable<Uint8Array>; readonly modifiedSeconds: number | undefined }> {
  using client = openDownloads({ "ca-cert": options.caCertificates ?? [] }, place);
  const reply = await client.fetch(url, {
    authorization: authorizationFor(url, options.secrets ?? {}),
    blobs: store.blobs,
    lease,
    signal: place.signal,
    maxBytes: maxDownloadBytes,
  });
  if (reply.kind === "unchanged") throw new TypeError("unchanged, though nothing was known");
  return { bytes: store.blobs.stream(reply.blob.digest), modifiedSeconds: httpSeconds(reply.lastModified) };
}

async function dockerfileOf(
  from: ReceivedKind,
  { directory, text }: Received,
  receiving: SourceReading,
): Promise<BuildRequest["dockerfile"]> {
  const { dockerfile } = receiving.options;
  const elsewhere = await readElsewhere(dockerfile, receiving);
  if (elsewhere !== undefined) return elsewhere;
  const path = pathOf(dockerfile);
  // As buildx: beside a context of the network an absolute path is one of this machine.
  if (path !== undefined && from.kind !== "stream" && isAbsolute(path)) return readHostFile(path);
  if (text === undefined) return dockerfileIn(directory, path ?? "Dockerfile");
  if (path !== undefined && from.kind === "stream")
    throw cliError("USAGE", "ambiguous Dockerfile source: both the context and --file are Dockerfiles", {
      hint: "leave --file out, or send a tar as the context",
    });
  return { name: "Dockerfile", text };
}

/** Read inside the directory: a link in a received context never leads out of it. */
async function dockerfileIn(directory: string, path: string): Promise<BuildRequest["dockerfile"]> {
  using view = createRootDirView(openRootDir(bytesFromText(directory)));
  const lower = lowerCased(path);
  for (const each of lower === undefined ? [path] : [path, lower]) {
    const text = await readText(view, bytesFromText(each), maxDockerfileBytes);
    if (text !== undefined) return { name: posix.basename(each), text };
  }
  throw cliError("CONTEXT_MISSING", `there is no file ${path} in the context`, {
    hint: "name one with --file: its path inside the context",
  });
}
