import {
  type BlobStore,
  canonicalForm,
  type Descriptor,
  type Digest,
  layersError,
  maxIndexDepth,
  maxManifestBytes,
  parseManifest,
  type Reference,
  withDefaultTag,
} from "@tsbuild/layers";
import type { Connection } from "../connection.ts";
import { registryError } from "../errors.ts";
import { discardBody } from "../http/body.ts";
import { createLimiter } from "../limit.ts";
import type { OnTransfer } from "../pull/blob.ts";
import { replyError } from "../reply-error.ts";
import { uploadBlob } from "./upload.ts";

/** Where the blobs are, and who is told. */
export interface PushOptions {
  readonly blobs: BlobStore;
  readonly signal: AbortSignal;
  readonly onTransfer?: OnTransfer;
  /** Repositories of the same registry that may have a blob: it is mounted from there instead of sent. */
  readonly mountFrom?: (blob: Descriptor) => readonly string[];
}

/** Registries hash what they get: more at once only makes each slower. */
const uploadsAtOnce = 2;

/**
 * Pushes a manifest or an index with everything below it: blobs, then manifests, then the index, and the tag last, so
 * that a name never leads to something incomplete. Safe to repeat after an interruption at any point.
 */
export async function pushImage(
  connection: Connection,
  wanted: Reference,
  root: Descriptor,
  options: PushOptions,
): Promise<void> {
  const reference = withDefaultTag(wanted);
  if (reference.digest !== undefined && reference.digest !== root.digest)
    throw layersError(
      "REFERENCE_INVALID",
      `${canonicalForm(reference)} cannot name an image of digest ${root.digest}`,
    );
  const plan = collect(root, options.blobs, canonicalForm(reference));
  await pushBlobs(connection, reference, [...plan.blobs.values()], options);
  for (const manifest of plan.manifests.slice(0, -1))
    await putManifest(connection, reference, { manifest, name: manifest.digest, options });
  const name = reference.tag ?? root.digest;
  await putManifest(connection, reference, { manifest: root, name, options });
}

interface Plan {
  readonly blobs: Map<Digest, Descriptor>;
  /** Children before the indexes that list them; the root is the last. */
  readonly manifests: Descriptor[];
}

function collect(root: Descriptor, blobs: BlobStore, what: string): Plan {
  const plan: Plan = { blobs: new Map(), manifests: [] };
  const seen = new Set<Digest>();
  const visit = (manifest: Descriptor, depth: number): void => {
    if (seen.has(manifest.digest)) return;
    seen.add(manifest.digest);
    if (depth > maxIndexDepth)
      throw layersError("MANIFEST_INVALID", `${what} is an index nested more than ${maxIndexDepth} deep`);
    const bytes = blobs.read(manifest.digest, maxManifestBytes);
    const document = parseManifest(bytes, { mediaType: manifest.mediaType, what });
    if (document.kind === "index") for (const child of document.manifests) visit(child, depth + 1);
    else
      for (const blob of [document.config, ...document.layers])
        if (isOurs(blob)) plan.blobs.set(blob.digest, blob);
    plan.manifests.push(manifest);
  };
  visit(root, 0);
  return plan;
}

/** Foreign layers stay where their urls say; they are neither ours to give nor in the store. */
function isOurs(blob: Descriptor): boolean {
  return blob.urls === undefined || blob.urls.length === 0;
}

async function pushBlobs(
  connection: Connection,
  { path }: Reference,
  blobs: readonly Descriptor[],
  { blobs: store, signal, onTransfer, mountFrom }: PushOptions,
): Promise<void> {
  // The first failure ends the others: nothing is sent for a push that cannot succeed.
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const limited = createLimiter(uploadsAtOnce);
  const uploads = blobs.map((descriptor) =>
    limited(async () => {
      try {
        const from = mountFrom?.(descriptor) ?? [];
        await uploadBlob(connection, {
          path,
          descriptor,
          blobs: store,
          mountFrom: from,
          signal: both,
          onTransfer,
        });
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    }),
  );
  const results = await Promise.allSettled(uploads);
  signal.throwIfAborted();
  const first = results.find((result) => result.status === "rejected");
  if (first !== undefined) throw failed.signal.reason;
}

interface ManifestPut {
  readonly manifest: Descriptor;
  /** A tag or the digest. */
  readonly name: string;
  readonly options: PushOptions;
}

async function putManifest(connection: Connection, reference: Reference, put: ManifestPut): Promise<void> {
  const { manifest, name, options } = put;
  const bytes = options.blobs.read(manifest.digest, maxManifestBytes);
  const reply = await connection.send({
    method: "PUT",
    target: `/v2/${reference.path}/manifests/${name}`,
    headers: { "content-type": manifest.mediaType },
    body: { size: bytes.length, open: () => [bytes] },
    scopes: [`repository:${reference.path}:pull,push`],
    signal: options.signal,
  });
  const thing = canonicalForm(reference);
  const { host } = connection.registry;
  if (reply.status !== 201 && reply.status !== 200)
    throw await replyError(reply, { host, thing, missing: "IMAGE_NOT_FOUND" }, options.signal);
  await discardBody(reply, options.signal);
  const stored = reply.headers["docker-content-digest"];
  if (typeof stored === "string" && stored.startsWith("sha256:") && stored !== manifest.digest)
    throw registryError(
      "MANIFEST_MISMATCH",
      `${host} stored ${thing} as ${stored}, not as ${manifest.digest}`,
    );
}
