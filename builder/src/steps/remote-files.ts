import { type Digest, digestOf, isDigest, type MemoTable } from "@tsbuild/layers";
import { builderError } from "../errors.ts";
import type { EmitEvent } from "../events.ts";
import type { HttpStep, Step, StepId } from "../graph/step.ts";
import type { BuilderPorts } from "../ports.ts";
import type { BuildRequest } from "../request.ts";
import type { FieldValue } from "../solve/field-hash.ts";
import { createTaskGroup } from "../solve/task-group.ts";
import { authorizationFor, httpSeconds } from "./remote-headers.ts";
import { placeAt } from "./step-place.ts";

/** What a URL holds in this build. */
export interface RemoteFile {
  readonly digest: Digest;
  /** Last-Modified, when the server says one. */
  readonly modifiedSeconds: number | undefined;
}

/** The downloaded files of a build. */
export interface RemoteFiles {
  of(step: HttpStep): RemoteFile;
  /** What a key says of the file. */
  contentOf(step: HttpStep): FieldValue;
  /** Where its bytes are; they are fetched when only their digest was known. @throws SOURCE_CHANGED */
  bytesOf(step: HttpStep, signal: AbortSignal): Promise<string>;
}

export interface RemoteFilesOptions {
  readonly ports: Pick<BuilderPorts, "store" | "lease" | "downloads" | "clock">;
  readonly request: Pick<BuildRequest, "signal" | "secrets" | "dockerfile">;
  readonly emit: EmitEvent;
  /** Called before a download that nothing is known of: what follows will not come from the cache. */
  readonly beforeWork: () => Promise<void>;
}

/** A server that never stops must not fill the disk. */
const maxBytes = 64 * 2 ** 30;

/**
 * Looks at all URLs of a graph, before anything is built: what is there decides the keys. Known files are only asked for by their
 * ETag. @throws CHECKSUM_MISMATCH, and what downloads fail with, at the place of the step
 */
export async function lookAtRemoteFiles(
  steps: ReadonlyMap<StepId, Step>,
  options: RemoteFilesOptions,
): Promise<RemoteFiles> {
  const wanted = [...steps.values()].filter((step) => step.kind === "http");
  const found = new Map<string, Promise<RemoteFile>>();
  const tasks = createTaskGroup(options.request.signal);
  for (const step of wanted)
    found.set(step.url, found.get(step.url) ?? tasks.run(() => look(step, options, tasks.signal)));
  await tasks.settle();
  const files = new Map<string, RemoteFile>();
  for (const step of wanted) {
    const file = (await found.get(step.url)) as RemoteFile;
    verify(step, file, options);
    files.set(step.url, file);
  }
  const of = ({ url }: HttpStep): RemoteFile => files.get(url) as RemoteFile;
  return {
    of,
    contentOf: (step) => ["file", of(step).digest, of(step).modifiedSeconds],
    bytesOf: (step, signal) => bytesOf(step, of(step), options, signal),
  };
}

async function look(step: HttpStep, options: RemoteFilesOptions, signal: AbortSignal): Promise<RemoteFile> {
  const { beforeWork, ports, request } = options;
  const known = readMemo(ports.store.memos, step.url);
  try {
    if (known === undefined) await beforeWork();
    return await fetch(step, known, options, signal);
  } catch (error) {
    throw signal.aborted ? error : placeAt(step, request.dockerfile.name, error);
  }
}

interface Memo extends RemoteFile {
  readonly etag: string;
}

async function fetch(
  step: HttpStep,
  known: Memo | undefined,
  { ports, request, emit }: RemoteFilesOptions,
  signal: AbortSignal,
): Promise<RemoteFile> {
  const { downloads, store, lease, clock } = ports;
  const downloaded = await downloads.fetch(step.url, {
    etag: known?.etag,
    authorization: authorizationFor(step.url, request.secrets ?? {}),
    maxBytes,
    signal,
    onProgress: (doneBytes, totalBytes) =>
      emit({
        kind: "transfer",
        timeMs: clock.now(),
        owner: step.id,
        what: step.fileName,
        doneBytes,
        totalBytes,
      }),
  });
  if (downloaded.kind === "unchanged") {
    if (known === undefined) throw new TypeError("unchanged, but nothing was known");
    if (store.blobs.sizeOf(known.digest) !== undefined) lease.add(known.digest);
    return known;
  }
  const { blob, etag, lastModified } = downloaded;
  const file = { digest: blob.digest, modifiedSeconds: httpSeconds(lastModified) };
  if (etag !== undefined) writeMemo(store.memos, step.url, { ...file, etag });
  return file;
}

async function bytesOf(
  step: HttpStep,
  file: RemoteFile,
  options: RemoteFilesOptions,
  signal: AbortSignal,
): Promise<string> {
  const { blobs } = options.ports.store;
  const path = blobs.pathOf(file.digest);
  if (path !== undefined) return path;
  const { digest } = await fetch(step, undefined, options, signal);
  const fetched = digest === file.digest ? blobs.pathOf(digest) : undefined;
  if (fetched !== undefined) return fetched;
  throw builderError("SOURCE_CHANGED", `${step.fileName} changed while it was being downloaded`, {
    hint: "its server said that it is unchanged, and sent something else: build again",
  });
}

function verify(step: HttpStep, { digest }: RemoteFile, { request }: RemoteFilesOptions): void {
  if (step.checksum === undefined || step.checksum === digest) return;
  const error = builderError("CHECKSUM_MISMATCH", `digest mismatch ${digest}: ${step.checksum}`, {
    hint: `${step.fileName} is not what --checksum says: has it been replaced?`,
  });
  throw placeAt(step, request.dockerfile.name, error);
}

function memoKey(url: string): string {
  return `file of the web ${digestOf(url)}`;
}

/** A memo that is damaged is none. */
function readMemo(memos: MemoTable, url: string): Memo | undefined {
  const bytes = memos.get(memoKey(url));
  if (bytes === undefined) return undefined;
  try {
    const { digest, modifiedSeconds, etag } = JSON.parse(bytes.toString()) as Partial<Memo>;
    const hasTime = modifiedSeconds === undefined || Number.isSafeInteger(modifiedSeconds);
    return hasTime && typeof etag === "string" && typeof digest === "string" && isDigest(digest)
      ? { digest, modifiedSeconds, etag }
      : undefined;
  } catch {
    // It is written again by the download that follows.
    return undefined;
  }
}

function writeMemo(memos: MemoTable, url: string, memo: Memo): void {
  memos.put(memoKey(url), Buffer.from(JSON.stringify(memo)));
}
