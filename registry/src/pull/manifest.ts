import {
  canonicalForm,
  type Descriptor,
  digestOf,
  maxManifestBytes,
  mediaTypes,
  type Reference,
  type TsbuildError,
} from "@tsbuild/layers";
import type { Connection } from "../connection.ts";
import { registryError } from "../errors.ts";
import { readBody } from "../http/body.ts";
import type { HttpReply } from "../http/exchange.ts";
import { replyError } from "../reply-error.ts";
import { retry, TemporaryFailure } from "../retry.ts";

/** A manifest or an index as its registry sent it, its digest checked; mediaType is what the registry called it. */
export interface FetchedManifest extends Descriptor {
  readonly bytes: Buffer;
}

const accepted = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifestList,
  mediaTypes.dockerManifest,
].join(", ");

/** Fetches by digest, else by tag. @throws IMAGE_NOT_FOUND, MANIFEST_MISMATCH, … */
export async function fetchManifest(
  connection: Connection,
  reference: Reference,
  signal: AbortSignal,
): Promise<FetchedManifest> {
  return await retry(connection.policy, signal, async () => {
    const reply = await connection.sendOnce({
      method: "GET",
      target: `/v2/${reference.path}/manifests/${reference.digest ?? reference.tag ?? "latest"}`,
      headers: { accept: accepted },
      scopes: [`repository:${reference.path}:pull`],
      signal,
    });
    const { host } = connection.registry;
    const thing = canonicalForm(reference);
    if (reply.status !== 200)
      throw await replyError(reply, { host, thing, missing: "IMAGE_NOT_FOUND" }, signal);
    const bytes = await readBody(reply, maxManifestBytes, signal);
    const digest = digestOf(bytes);
    const wanted = reference.digest ?? headerDigest(reply);
    if (wanted === undefined || wanted === digest)
      return { mediaType: contentType(reply), digest, size: bytes.length, bytes };
    const error = mismatch(thing, host, wanted, digest);
    // Without a length nothing tells a body that was cut from one that is wrong.
    throw reply.headers["content-length"] === undefined ? new TemporaryFailure(error) : error;
  });
}

/** Docker-Content-Digest, when it is of the kind that can be compared. */
function headerDigest({ headers }: HttpReply): string | undefined {
  const value = headers["docker-content-digest"];
  return typeof value === "string" && value.startsWith("sha256:") ? value : undefined;
}

/** Without its parameters. */
function contentType({ headers }: HttpReply): string {
  return (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function mismatch(thing: string, host: string, wanted: string, found: string): TsbuildError {
  return registryError(
    "MANIFEST_MISMATCH",
    `${host} sent a manifest of ${thing} whose digest is ${found}, not ${wanted}`,
    { hint: "the registry or something in between is broken or hostile" },
  );
}
