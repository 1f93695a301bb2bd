import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that nobody should come to; it counts who does. */
export interface Listener extends AsyncDisposable {
  readonly port: number;
  readonly connections: number;
  readonly requests: readonly IncomingMessage["headers"][];
}

/** `body` is what it answers to everything. */
export async function startListener(body = "canary"): Promise<Listener> {
  const requests: IncomingMessage["headers"][] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    requests.push(request.headers);
    response.end(request.method === "HEAD" ? undefined : body);
  });
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    requests,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
