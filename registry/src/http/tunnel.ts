import type { Agent, RequestOptions } from "node:https";
import type { Duplex } from "node:stream";
import type { ConnectionOptions } from "node:tls";

const tunnelTimeoutMs = 30_000;

/** A connection factory for an https agent: CONNECT at the proxy (RFC 9110 §9.3.6), then TLS inside. */
export function connectThroughProxy(proxy: URL, secure: RequestOptions): Agent["createConnection"] {
  return (options, callback) => {
    const host = options.host ?? "";
    const authority = `${host.includes(":") ? `[${host}]` : host}:${options.port ?? 443}`;
    openTunnel(proxy, authority, (error, socket) => {
      if (socket === undefined) return callback?.(error ?? null, undefined as unknown as Duplex);
      const { connect } = process.getBuiltinModule("node:tls");
      const inside = { ...secure, ...options, socket } as ConnectionOptions;
      callback?.(null, connect({ ...inside, servername: options.servername ?? options.host ?? "" }));
    });
    return undefined;
  };
}

/** `Proxy-Authorization` for a proxy whose URL names a user. */
export function proxyHeaders(proxy: URL): Record<string, string> {
  if (proxy.username === "") return {};
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(user).toString("base64")}` };
}

function openTunnel(
  proxy: URL,
  target: string,
  callback: (error: Error | undefined, socket?: Duplex) => void,
): void {
  const { request } = process.getBuiltinModule(proxy.protocol === "https:" ? "node:https" : "node:http");
  const connect = request({
    protocol: proxy.protocol,
    host: proxy.hostname.replace(/^\[|\]$/g, ""),
    port: proxy.port === "" ? undefined : proxy.port,
    method: "CONNECT",
    path: target,
    agent: false,
    timeout: tunnelTimeoutMs,
    headers: { host: target, ...proxyHeaders(proxy) },
  });
  connect.once("connect", (reply, socket) => {
    if (reply.statusCode === 200) return callback(undefined, socket);
    socket.destroy();
    const error = new Error(`the proxy ${proxy.host} answered ${reply.statusCode}`);
    callback(Object.assign(error, { code: "EPROXY" }));
  });
  connect.once("timeout", () => connect.destroy(Object.assign(new Error("silence"), { code: "ETIMEDOUT" })));
  connect.once("error", (error) => callback(error));
  connect.end();
}
