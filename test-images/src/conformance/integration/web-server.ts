import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Serves what the tests download, on the loopback, until it is disposed. */
export interface WebServer extends AsyncDisposable {
  /** The address below which a test's files are. */
  readonly addressOf: (test: string) => string;
  /** Byte strings by path. */
  readonly serve: (test: string, files: ReadonlyMap<string, string>) => void;
}

export async function startWebServer(): Promise<WebServer> {
  const files = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const content = files.get(request.url ?? "");
    if (content === undefined) response.writeHead(404).end();
    else
      response
        .writeHead(200, {
          "content-length": content.length,
          etag: `"${sha256(content)}"`,
          ...(request.url?.endsWith("/") === true
            ? { "content-disposition": 'attachment; filename="index"' }
            : {}),
        })
        .end(request.method === "HEAD" ? undefined : content);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    addressOf: (test) => `http://127.0.0.1:${port}/${test}`,
    serve: (test, given) => {
      for (const [path, content] of given) files.set(`/${test}${path}`, Buffer.from(content, "latin1"));
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}
