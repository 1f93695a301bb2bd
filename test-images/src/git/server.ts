import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Serves the repositories below a directory on loopback, as git's own server does. */
export interface GitServer extends AsyncDisposable {
  readonly url: string;
  /** How often objects were fetched; looking at refs is not counted. */
  fetches(): number;
  /** The Authorization header of each request. */
  readonly authorizations: readonly (string | undefined)[];
}

export interface GitServerOptions {
  /** Requests with another Authorization header are refused. */
  readonly authorization?: string;
  /** As servers were before protocol 2: nothing is given but what a ref names. */
  readonly isOld?: boolean;
}

export async function serveRepositories(
  directory: string,
  { authorization, isOld = false }: GitServerOptions = {},
): Promise<GitServer> {
  const authorizations: (string | undefined)[] = [];
  let fetches = 0;
  const server = createServer((request, response) => {
    const given = request.headers.authorization;
    authorizations.push(given);
    if (authorization !== undefined && given !== authorization)
      return response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    if (isOld) delete request.headers["git-protocol"];
    void answer(request, response, directory).then((isFetch) => {
      fetches += isFetch ? 1 : 0;
    });
    return undefined;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fetches: () => fetches,
    authorizations,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Runs git-http-backend, a CGI program (RFC 3875). @returns whether the request was a fetch */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  directory: string,
): Promise<boolean> {
  const body = await all(request);
  const url = new URL(request.url ?? "/", "http://localhost");
  const backend = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  // It may end before it has read everything.
  backend.stdin.on("error", () => undefined);
  backend.stdin.end(body);
  const said = await all(backend.stdout);
  const end = said.indexOf("\r\n\r\n");
  const headers = said
    .subarray(0, end)
    .toString()
    .split("\r\n")
    .map((line) => line.split(/: (.*)/s, 2) as [string, string]);
  const status = headers.find(([name]) => name === "Status")?.[1] ?? "200";
  response.writeHead(Number.parseInt(status, 10), headers.filter(([name]) => name !== "Status").flat());
  response.end(said.subarray(end + 4));
  return body.includes("command=fetch");
}

async function all(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
