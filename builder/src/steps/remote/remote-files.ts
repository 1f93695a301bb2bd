import { type Digest, digestOf, isDigest, type MemoTable } from "@tsbuild/layers";
import { builderError } from "../../errors.ts";
import type { EmitEvent } from "../../events.ts";
import type { HttpStep, Step, StepId } from "../../graph/step.ts";
import type { BuilderPorts } from "../../ports.ts";
import type { BuildRequest } from "../../request.ts";
import type { FieldValue } from "../../solve/field-hash.ts";
import { createTaskGroup } from "../../solve/task-group.ts";
import { authorizationFor, httpSeconds } from "./remote-headers.ts";
import { placeAt } from "../step-place.ts";

/** What a URL holds in this build. */
export interface RemoteFile {
  readonly digest: Digest;
  /** Last-Modified, when the server says one. */
  readonly modifiedSeconds: number | undefined;
}

/** A file of the web: what is asked for, how it is called, and which step or task it is downloaded for. */
export interface RemoteUrl {
  readonly url: string;
  readonly fileName: string;
  readonly owner: string;
}

/** The downloaded files of a build: each URL is looked at once, before anything is built of it. */
export interface RemoteFiles {
  /** Known files are only asked for by their ETag. @throws what downloads fail with */
  look(url: RemoteUrl, signal: AbortSignal): Promise<RemoteFile>;
  /** Looks at all URLs of a graph: what is there decides the keys. @throws CHECKSUM_MISMATCH, at the place of the step */
  lookAt(steps: ReadonlyMap<StepId, Step>): Promise<void>;
  /** Of a step that was looked at. */
  of(step: HttpStep): RemoteFile;
  /** What a key says of the file. */
  contentOf(step: HttpStep): FieldValue;
  /** The path of a file of a known digest; it is fetched when nothing else is known of it. @throws SOURCE_CHANGED */
  bytesOf(url: RemoteUrl, digest: Digest, signal: AbortSignal): Promise<string>;
  /** The next look asks the servers again. */
  forget(): void;
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

/** Nothing is asked before the first look. */
export function createRemoteFiles(options: RemoteFilesOptions): RemoteFiles {
  const looks = new Map<string, Promise<RemoteFile>>();
  const files = new Map<StepId, RemoteFile>();
  const look = (url: RemoteUrl, signal: AbortSignal): Promise<RemoteFile> => {
    const known = looks.get(url.url) ?? firstLook(url, options, signal);
    looks.set(url.url, known);
    return known;
  };
  const of = ({ id }: HttpStep): RemoteFile => files.get(id) as RemoteFile;
  return {
    look,
    async lookAt(steps) {
      const wanted = [...steps.values()].filter((step) => step.kind === "http");
      const tasks = createTaskGroup(options.request.signal);
      const found = wanted.map((step) =>
        tasks.run(
          async () =>
            pinnedFile(step, options) ?? lookForStep(step, () => look(urlOf(step), tasks.signal), options),
        ),
      );
      await tasks.settle();
      for (const [index, step] of wanted.entries()) {
        const file = (await found[index]) as RemoteFile;
        verify(step, file, options);
        files.set(step.id, file);
      }
    },
    of,
    contentOf: (step) => ["file", of(step).digest, of(step).modifiedSeconds],
    bytesOf: (url, digest, signal) => bytesOf(url, digest, { ...options, signal }),
    forget: () => looks.clear(),
  };
}

/** A step's file and who it is for. */
export function urlOf({ id, url, fileName }: HttpStep): RemoteUrl {
  return { url, fileName, owner: id };
}

/** A checksum says what is there: as with BuildKit a file that was downloaded before is not asked for again. */
function pinnedFile({ url, checksum }: HttpStep, { ports }: RemoteFilesOptions): RemoteFile | undefined {
  const { store, lease } = ports;
  const known = checksum === undefined ? undefined : readMemo(store.memos, url);
  if (known === undefined || known.digest !== checksum) return undefined;
  if (store.blobs.sizeOf(known.digest) !== undefined) lease.add(known.digest);
  return known;
}

async function lookForStep(
  step: HttpStep,
  look: () => Promise<RemoteFile>,
  { request }: RemoteFilesOptions,
): Promise<RemoteFile> {
  try {
    return await look();
  } catch (error) {
    throw request.signal.aborted ? error : placeAt(step, request.dockerfile.name, error);
  }
}

async function firstLook(
  url: RemoteUrl,
  options: RemoteFilesOptions,
  signal: AbortSignal,
): Promise<RemoteFile> {
  const memo = readMemo(options.ports.store.memos, url.url);
  const known = memo?.etag === undefined ? undefined : memo;
  if (known === undefined) await options.beforeWork();
  return fetch(url, known, options, signal);
}

interface Memo extends RemoteFile {
  /** Missing where a server gives none: then only a checksum makes use of the rest. */
  readonly etag: string | undefined;
}

async function fetch(
  { url, fileName, owner }: RemoteUrl,
  known: Memo | undefined,
  { ports, request, emit }: RemoteFilesOptions,
  signal: AbortSignal,
): Promise<RemoteFile> {
  const { downloads, store, lease, clock } = ports;
  const downloaded = await downloads.fetch(url, {
    etag: known?.etag,
    authorization: authorizationFor(url, request.secrets ?? {}),
    maxBytes,
    signal,
    onProgress: (doneBytes, totalBytes) =>
      emit({ kind: "transfer", timeMs: clock.now(), owner, what: fileName, doneBytes, totalBytes }),
  });
  if (downloaded.kind === "unchanged") {
    if (known === undefined) throw new TypeError("unchanged, but nothing was known");
    if (store.blobs.sizeOf(known.digest) !== undefined) lease.add(known.digest);
    return known;
  }
  const { blob, etag, lastModified } = downloaded;
  const file = { digest: blob.digest, modifiedSeconds: httpSeconds(lastModified) };
  writeMemo(store.memos, url, { ...file, etag });
  return file;
}

async function bytesOf(
  url: RemoteUrl,
  wanted: Digest,
  options: RemoteFilesOptions & { readonly signal: AbortSignal },
): Promise<string> {
  const { blobs } = options.ports.store;
  const path = blobs.pathOf(wanted);
  if (path !== undefined) return path;
  const { digest } = await fetch(url, undefined, options, options.signal);
  const fetched = digest === wanted ? blobs.pathOf(digest) : undefined;
  if (fetched !== undefined) return fetched;
  throw builderError("SOURCE_CHANGED", `${url.fileName} changed while it was being downloaded`, {
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
    const hasTag = etag === undefined || typeof etag === "string";
    return hasTime && hasTag && typeof digest === "string" && isDigest(digest)
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
