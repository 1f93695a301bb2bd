import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { digestOf } from "@tsbuild/layers";
import { createMemoryBlobs, noLease } from "../../testing/memory-blobs.ts";
import { createDownloadClient, type Downloaded, type DownloadRequest } from "./download.ts";

interface Web extends AsyncDisposable {
  readonly url: string;
  fetch(path: string, options?: Partial<DownloadRequest>): Promise<Downloaded>;
}

/** A server on loopback and a client that retries without waiting. */
async function startWeb(answer: RequestListener, idleTimeoutMs = 5_000): Promise<Web> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = createDownloadClient({
    now: () => 0,
    random: () => 0,
    attempts: 3,
    idleTimeoutMs,
    sleep: async () => undefined,
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const blobs = createMemoryBlobs();
  const signal = new AbortController().signal;
  return {
    url,
    fetch: (path, options = {}) =>
      client.fetch(path.startsWith("http") ? path : `${url}${path}`, {
        blobs,
        lease: noLease,
        maxBytes: 1000,
        signal,
        ...options,
      }),
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test("a file comes with its validators; the server is asked not to encode it", async () => {
  let encoding: string | undefined;
  await using web = await startWeb((request, response) => {
    encoding = request.headers["accept-encoding"] as string;
    response
      .setHeader("etag", '"1"')
      .setHeader("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT")
      .end("hello");
  });
  assert.deepEqual(await web.fetch("/a"), {
    kind: "fetched",
    blob: { mediaType: "application/octet-stream", digest: digestOf("hello"), size: 5 },
    etag: '"1"',
    lastModified: "Sun, 06 Nov 1994 08:49:37 GMT",
  });
  assert.equal(encoding, "identity");
});

test("a known ETag is sent, and 304 says that nothing changed", async () => {
  await using web = await startWeb((request, response) => {
    response.statusCode = request.headers["if-none-match"] === '"1"' ? 304 : 200;
    response.end();
  });
  assert.deepEqual(await web.fetch("/a", { etag: '"1"' }), { kind: "unchanged" });
  assert.equal((await web.fetch("/a", { etag: '"2"' })).kind, "fetched");
});

test("redirects are followed, and credentials stay with their origin", async () => {
  const seen: (string | undefined)[] = [];
  await using other = await startWeb((request, response) => {
    seen.push(request.headers.authorization);
    response.end("far");
  });
  await using web = await startWeb((request, response) => {
    seen.push(request.headers.authorization);
    const location = request.url === "/a" ? "/b" : `${other.url}/c`;
    response.writeHead(302, { location }).end();
  });
  const reply = await web.fetch("/a", { authorization: "Bearer secret" });
  assert.equal(reply.kind === "fetched" && reply.blob.digest, digestOf("far"));
  assert.deepEqual(seen, ["Bearer secret", "Bearer secret", undefined]);
});

test("user and password of a URL are sent as a header and appear in no message", async () => {
  let seen: string | undefined;
  await using web = await startWeb((request, response) => {
    seen = request.headers.authorization;
    response.writeHead(404).end();
  });
  await assert.rejects(web.fetch(web.url.replace("//", "//me:pa%3Ass@")), (error: Error) => {
    assert.match(error.message, /^invalid response status 404 from http:\/\/127/);
    assert.doesNotMatch(error.message, /pa/);
    return true;
  });
  assert.equal(seen, `Basic ${Buffer.from("me:pa:ss").toString("base64")}`);
});

test("a body that breaks off is fetched again, as a whole", async () => {
  let requests = 0;
  await using web = await startWeb((_, response) => {
    requests += 1;
    response.setHeader("content-length", 8).write("half");
    if (requests < 3) setImmediate(() => response.destroy());
    else response.end("full");
  });
  const reply = await web.fetch("/");
  assert.equal(reply.kind === "fetched" && reply.blob.digest, digestOf("halffull"));
});

test("a busy server is asked again", async () => {
  let requests = 0;
  await using web = await startWeb((_, response) => {
    requests += 1;
    response.writeHead(requests === 1 ? 503 : 200).end("ready");
  });
  assert.equal((await web.fetch("/")).kind, "fetched");
});

const failures: readonly {
  readonly name: string;
  readonly answer: RequestListener;
  readonly code: string;
  readonly says: RegExp;
}[] = [
  {
    name: "a missing file",
    answer: (_, response) => response.writeHead(404).end(),
    code: "DOWNLOAD_FAILED",
    says: /invalid response status 404/,
  },
  {
    name: "a server that stays broken",
    answer: (_, response) => response.writeHead(500).end(),
    code: "DOWNLOAD_FAILED",
    says: /invalid response status 500/,
  },
  {
    name: "redirects in a circle",
    answer: (_, response) => response.writeHead(302, { location: "/again" }).end(),
    code: "REDIRECT_REFUSED",
    says: /redirects more than 10 times/,
  },
  {
    name: "a redirect to a file of this machine",
    answer: (_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
    code: "REDIRECT_REFUSED",
    says: /neither http nor https/,
  },
  {
    name: "a body that is too long",
    answer: (_, response) => response.end(Buffer.alloc(1001)),
    code: "DOWNLOAD_FAILED",
    says: /longer than 1000 bytes/,
  },
  {
    name: "an encoded body",
    answer: (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end("x"),
    code: "REGISTRY_PROTOCOL",
    says: /encoded as "gzip"/,
  },
  {
    name: "a server that falls silent",
    answer: (_, response) => void response.setHeader("content-length", 8).write("half"),
    code: "REGISTRY_UNREACHABLE",
    says: /cannot be reached/,
  },
];

for (const { name, answer, code, says } of failures)
  test(`refused: ${name}`, async () => {
    await using web = await startWeb(answer, 100);
    await assert.rejects(web.fetch("/"), (error: Error & { code?: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, says);
      return true;
    });
  });
