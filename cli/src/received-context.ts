import { existsSync } from "node:fs";
import { posix, resolve } from "node:path";
import { type BuildRequest, unpackArchive } from "@tsbuild/builder";
import { createLayerStore, createRootDirView, type Lease, readText, type Store } from "@tsbuild/layers";
import { bytesFromText, openRootDir } from "@tsbuild/runner-native";
import { maxDockerfileBytes, readDockerfileFrom, readTextFrom } from "./dockerfile-source.ts";
import { cliError } from "./errors.ts";
import { checkOut, gitContext } from "./git-checkout.ts";
import { openDownloads, type RegistryChoices } from "./registry-access.ts";
import { openStoreFor, randomHex } from "./store-root.ts";
import type { Terminal } from "./terminal.ts";
import { ensureRights } from "./user-namespace.ts";

/** A context that came as a stream or from a repository, in a private directory that goes with it. */
export interface ReceivedContext extends AsyncDisposable {
  readonly context: string;
  readonly dockerfile: BuildRequest["dockerfile"];
}

interface ReceiveOptions extends Pick<RegistryChoices, "ca-cert"> {
  readonly file?: string | undefined;
  readonly root?: string | undefined;
}

/** Far beyond any context, far below a disk. */
const maxDownloadBytes = 64 * 2 ** 30;

/** Whether a context is standard input, a download or a repository; a directory of such a name comes first. */
export function isReceived(context: string, cwd: string): boolean {
  if (context === "-" || /^https?:\/\//.test(context)) return true;
  return !existsSync(resolve(cwd, context)) && gitContext(context) !== undefined;
}

/**
 * Receives a context: a repository, an archive in any compression, or a Dockerfile alone. Standard input and servers are read once, so the user
 * namespace is entered first. @throws USAGE, CONTEXT_MISSING, DOWNLOAD_FAILED, TAR_INVALID, TAR_ESCAPES
 */
export async function receiveContext(
  context: string,
  options: ReceiveOptions,
  terminal: Terminal,
): Promise<ReceivedContext> {
  const { file, root: rootOption } = options;
  if (context === "-" && file === "-")
    throw cliError("USAGE", "can't use stdin for both build context and dockerfile", {
      hint: "name one of them by its path",
    });
  const git = gitContext(context);
  ensureRights(rootOption, terminal);
  await using opened = new AsyncDisposableStack();
  const store = opened.use(openStoreFor(rootOption, terminal));
  const lease = opened.use(await store.lease("context"));
  const layers = createLayerStore({ store, lease, randomHex, now: Date.now, signal: terminal.signal });
  const directory = store.temporaryDirectory("context");
  if (git !== undefined) {
    const checkout = await checkOut({ source: git, directory, terminal });
    const dockerfile = await dockerfileIn(checkout, file, terminal);
    const kept = opened.move();
    return { context: checkout, dockerfile, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  }
  const source =
    context === "-" ? terminal.stdin() : await download(context, { options, terminal, store, lease });
  const nowSeconds = Math.floor(Date.now() / 1000);
  const { signal } = terminal;
  const unpacked = await unpackArchive(source, { store, layers, directory, nowSeconds, signal });
  const dockerfile =
    unpacked.kind === "plain"
      ? await loneDockerfile(unpacked.bytes, file, terminal)
      : await dockerfileIn(directory, file, terminal);
  const kept = opened.move();
  return { context: directory, dockerfile, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

interface Downloading {
  readonly options: ReceiveOptions;
  readonly terminal: Terminal;
  readonly store: Store;
  readonly lease: Lease;
}

async function download(
  url: string,
  { options, terminal, store, lease }: Downloading,
): Promise<AsyncIterable<Uint8Array>> {
  const say = (message: string): void => terminal.err(`NOTICE: ${message}\n`);
  using client = openDownloads(options, { env: terminal.env, cwd: terminal.cwd, say });
  const { blobs } = store;
  const { signal } = terminal;
  const reply = await client.fetch(url, { blobs, lease, signal, maxBytes: maxDownloadBytes });
  if (reply.kind === "unchanged") throw new TypeError("unchanged, though nothing was known");
  return blobs.stream(reply.blob.digest);
}

/** The stream is the Dockerfile itself: there is nothing to copy, and no other Dockerfile to name. */
async function loneDockerfile(
  bytes: AsyncIterable<Uint8Array>,
  file: string | undefined,
  terminal: Terminal,
): Promise<BuildRequest["dockerfile"]> {
  if (file === "-") return readDockerfileFrom(terminal);
  if (file !== undefined)
    throw cliError("USAGE", "ambiguous Dockerfile source: both the context and --file are Dockerfiles", {
      hint: "leave --file out, or send a tar as the context",
    });
  return { name: "Dockerfile", text: await readTextFrom(bytes, "the context") };
}

/** Read inside the directory: a link in a received context never leads out of it. */
async function dockerfileIn(
  directory: string,
  file: string | undefined,
  terminal: Terminal,
): Promise<BuildRequest["dockerfile"]> {
  if (file === "-") return readDockerfileFrom(terminal);
  using view = createRootDirView(openRootDir(bytesFromText(directory)));
  const read = (path: string): Promise<string | undefined> =>
    readText(view, bytesFromText(path), maxDockerfileBytes);
  for (const path of file === undefined ? ["Dockerfile", "dockerfile"] : [file]) {
    const text = await read(path);
    if (text === undefined) continue;
    const ignore = await read(`${path}.dockerignore`);
    return { name: posix.basename(path), text, ...(ignore === undefined ? {} : { ignore }) };
  }
  throw cliError("CONTEXT_MISSING", `there is no file ${file ?? "Dockerfile"} in the context`, {
    hint: "name one with --file: its path inside the context",
  });
}
