import type { IncomingMessage } from "node:http";
import { type Content, sha256 } from "./content.ts";
import { errorReply, jsonReply, type Reply } from "./reply.ts";

/** A request whose body has been read. */
export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  /** Serve the whole blob whatever Range says. */
  readonly ignoresRange: boolean;
}

/** What a path of the API is about; the repository is empty for /v2/ itself. */
export interface Route {
  readonly repository: string;
  readonly kind: "ping" | "manifests" | "blobs" | "uploads" | "tags";
  readonly name: string;
}

/** distribution-spec "endpoints". */
export function routeOf(path: string): Route | undefined {
  if (path === "/v2/" || path === "/v2") return { repository: "", kind: "ping", name: "" };
  const match =
    /^\/v2\/(.+)\/blobs\/(uploads)\/(.*)$/.exec(path) ??
    /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ??
    /^\/v2\/(.+)\/(tags)\/list()$/.exec(path);
  if (match === null) return undefined;
  const [, repository = "", kind = "", name = ""] = match;
  return { repository, kind: kind as Route["kind"], name };
}

export interface Api {
  handle(route: Route, request: ApiRequest): Reply;
}

/** The protocol itself, without faults and without auth. */
export function createApi(content: Content): Api {
  const sessions = new Map<string, Buffer>();
  let sessionCount = 0;

  function upload({ repository, name }: Route, { method, url, body, headers }: ApiRequest): Reply {
    const digest = url.searchParams.get("digest");
    if (method === "POST") {
      const mounted = mount(repository, url.searchParams);
      if (mounted !== undefined) return mounted;
      sessionCount += 1;
      const id = `session-${sessionCount}`;
      sessions.set(id, Buffer.alloc(0));
      // The state is opaque and must come back as it is.
      return empty(202, {
        location: `/v2/${repository}/blobs/uploads/${id}?_state=a%3Db+c%2F`,
        range: "0-0",
      });
    }
    const sofar = sessions.get(name);
    if (sofar === undefined) return errorReply(404, "BLOB_UPLOAD_UNKNOWN");
    if (url.searchParams.get("_state") !== "a=b c/") return errorReply(400, "BLOB_UPLOAD_INVALID");
    const bytes = Buffer.concat([sofar, body]);
    if (method === "PATCH") {
      const range = `${sofar.length}-${bytes.length - 1}`;
      if (headers["content-range"] !== range) return errorReply(416, "BLOB_UPLOAD_INVALID");
      sessions.set(name, bytes);
      return empty(202, { location: `/v2/${repository}/blobs/uploads/${name}?_state=a%3Db+c%2F` });
    }
    if (method !== "PUT" || digest === null) return errorReply(400, "DIGEST_INVALID");
    sessions.delete(name);
    if (sha256(bytes) !== digest) return errorReply(400, "DIGEST_INVALID");
    content.repository(repository).blobs.set(digest, bytes);
    return created(`/v2/${repository}/blobs/${digest}`, digest);
  }

  function mount(repository: string, query: URLSearchParams): Reply | undefined {
    const [digest, from] = [query.get("mount"), query.get("from")];
    if (digest === null || from === null || !content.has(from)) return undefined;
    const bytes = content.repository(from).blobs.get(digest);
    if (bytes === undefined) return undefined;
    content.repository(repository).blobs.set(digest, bytes);
    return created(`/v2/${repository}/blobs/${digest}`, digest);
  }

  function blob({ repository, name }: Route, { method, headers, ignoresRange }: ApiRequest): Reply {
    const bytes = content.has(repository) ? content.repository(repository).blobs.get(name) : undefined;
    if (bytes === undefined) return errorReply(404, "BLOB_UNKNOWN");
    const common = { "content-type": "application/octet-stream", "docker-content-digest": name };
    const range = /^bytes=([0-9]+)-$/.exec(headers.range ?? "")?.[1];
    if (method === "HEAD" || range === undefined || ignoresRange)
      return { status: 200, headers: common, body: bytes };
    const start = Number(range);
    if (start >= bytes.length) return errorReply(416, "RANGE_INVALID");
    const contentRange = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    return {
      status: 206,
      headers: { ...common, "content-range": contentRange },
      body: bytes.subarray(start),
    };
  }

  function manifest({ repository, name }: Route, { method, headers, body }: ApiRequest): Reply {
    if (method === "PUT") {
      const mediaType = headers["content-type"] ?? "";
      const { problem, digest } = content.putManifest(repository, name, { mediaType, bytes: body });
      if (problem !== undefined) return errorReply(400, problem);
      return created(`/v2/${repository}/manifests/${digest}`, digest);
    }
    const found = content.has(repository) ? content.manifest(repository, name) : undefined;
    if (found === undefined) return errorReply(404, "MANIFEST_UNKNOWN");
    const headersOf = { "content-type": found.mediaType, "docker-content-digest": found.digest };
    return { status: 200, headers: headersOf, body: found.bytes };
  }

  function tags({ repository }: Route, { url }: ApiRequest): Reply {
    if (!content.has(repository)) return errorReply(404, "NAME_UNKNOWN");
    const all = [...content.repository(repository).tags.keys()].sort();
    const count = Number(url.searchParams.get("n") ?? all.length);
    const rest = all.filter((tag) => tag > (url.searchParams.get("last") ?? ""));
    const page = rest.slice(0, count);
    const last = page.at(-1);
    const more = rest.length > page.length && last !== undefined;
    const link = `</v2/${repository}/tags/list?n=${count}&last=${last ?? ""}>; rel="next"`;
    return jsonReply(200, { name: repository, tags: page }, more ? { link } : {});
  }

  return {
    handle(route, request) {
      switch (route.kind) {
        case "ping":
          return jsonReply(200, {});
        case "blobs":
          return blob(route, request);
        case "manifests":
          return manifest(route, request);
        case "uploads":
          return upload(route, request);
        case "tags":
          return tags(route, request);
      }
    },
  };
}

function empty(status: number, headers: Record<string, string>): Reply {
  return { status, headers, body: Buffer.alloc(0) };
}

function created(location: string, digest: string): Reply {
  return empty(201, { location, "docker-content-digest": digest });
}
