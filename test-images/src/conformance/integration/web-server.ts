import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Serves what a test downloads, on the loopback, until it is disposed. */
export interface WebServer extends AsyncDisposable {
  readonly address: string;
  readonly serve: (files: ReadonlyMap<string, ServedFile>) => void;
  /** What it has been asked for so far. */
  readonly requests: () => readonly ServedRequest[];
}

/** What is answered to a path: a byte string. */
export interface ServedFile {
  readonly content: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that the server got. */
export interface ServedRequest {
  readonly method: string;
  readonly path: string;
}

export async function startWebServer(): Promise<WebServer> {
  const files = new Map<string, ServedFile>();
  const requests: ServedRequest[] = [];
  const server = createServer(({ method = "", url: path = "" }, response) => {
    requests.push({ method, path });
    const file = files.get(path);
    if (file === undefined) return response.writeHead(404).end();
    const content = Buffer.from(file.content, "latin1");
    const headers = { "content-length": content.length, etag: `"${sha256(content)}"`, ...file.headers };
    return response.writeHead(200, headers).end(method === "HEAD" ? undefined : content);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    serve: (given) => {
      for (const [path, file] of given) files.set(path, file);
    },
    requests: () => [...requests],
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
