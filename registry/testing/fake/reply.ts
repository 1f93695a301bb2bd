import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Fault } from "./faults.ts";

/** What the registry wants to say. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export function jsonReply(status: number, document: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(JSON.stringify(document)),
  };
}

/** distribution-spec "error codes". */
export function errorReply(status: number, code: string, headers: Record<string, string> = {}): Reply {
  return jsonReply(status, { errors: [{ code, message: `the fake says ${code}` }] }, headers);
}

/** Faults that replace the reply or change it before it is sent. */
export function altered(reply: Reply, fault: Fault | undefined): Reply {
  switch (fault?.kind) {
    case "status":
      return {
        status: fault.status,
        headers: { ...fault.headers },
        body: Buffer.from(fault.body ?? ""),
      };
    case "redirect":
      return { status: fault.status, headers: { location: fault.location }, body: Buffer.alloc(0) };
    case "corrupt": {
      const body = Buffer.from(reply.body);
      if (body.length > 0) body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
      return { ...reply, body };
    }
    case "extra":
      return { ...reply, body: Buffer.concat([reply.body, Buffer.alloc(fault.bytes, "x")]) };
    case "header":
      return { ...reply, headers: { ...reply.headers, [fault.name]: fault.value } };
    case "body": {
      const contentType = fault.contentType ?? reply.headers["content-type"] ?? "application/json";
      return { status: 200, headers: { "content-type": contentType }, body: fault.bytes };
    }
    case "reset":
    case "cut":
    case "stall":
    case "slow":
    case "endless":
    case "whole":
    case undefined:
      return reply;
  }
}

/** Sends a reply the way the fault wants it. */
export async function deliver(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  fault: Fault | undefined,
): Promise<void> {
  const { status, headers, body } = reply;
  const length = { "content-length": String(body.length) };
  const start = (): void => void response.writeHead(status, { ...headers, ...length });
  if (fault?.kind === "reset") {
    if (fault.afterBytes !== undefined) start();
    if (fault.afterBytes !== undefined) await sendSome(response, body.subarray(0, fault.afterBytes));
    request.socket.destroy();
  } else if (fault?.kind === "stall") {
    if (fault.afterBytes !== undefined) start();
    if (fault.afterBytes !== undefined) await sendSome(response, body.subarray(0, fault.afterBytes));
  } else if (fault?.kind === "slow") {
    start();
    await sendSlowly(response, body, fault);
  } else if (fault?.kind === "cut") {
    // Written by hand: HTTP/1.0 ends a body by closing the connection.
    const lines = [`HTTP/1.0 ${status} OK`, ...Object.entries(headers).map((pair) => pair.join(": "))];
    request.socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    request.socket.end(body.subarray(0, fault.afterBytes));
  } else if (fault?.kind === "endless") {
    response.writeHead(fault.status, { "content-type": "application/json" });
    await sendForever(response);
  } else {
    start();
    response.end(request.method === "HEAD" ? undefined : body);
  }
}

async function sendSlowly(
  response: ServerResponse,
  body: Uint8Array,
  { bytes, pauseMs }: Extract<Fault, { kind: "slow" }>,
): Promise<void> {
  for (let at = 0; at < body.length && !response.destroyed; at += bytes) {
    await sendSome(response, body.subarray(at, at + bytes));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  response.end();
}

async function sendForever(response: ServerResponse): Promise<void> {
  const chunk = Buffer.alloc(64 * 1024, " ");
  while (!response.destroyed) {
    await sendSome(response, chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function sendSome(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  if (response.write(bytes) || response.destroyed) return;
  await Promise.race([once(response, "drain"), once(response, "close")]);
}
