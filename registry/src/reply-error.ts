import type { TsbuildError } from "@tsbuild/layers";
import { registryError } from "./errors.ts";
import { readErrorBody } from "./http/body.ts";
import type { HttpReply } from "./http/exchange.ts";
import { redactUrl } from "./http/redact.ts";
import { parseRetryAfter, TemporaryFailure } from "./retry.ts";

/** What was wanted, for messages: `pull localhost:5000/app`. */
export interface Wanted {
  /** The registry as the user writes it. */
  readonly host: string;
  /** `docker.io/library/app:1`, or a blob of it. */
  readonly thing: string;
  readonly missing: "IMAGE_NOT_FOUND" | "BLOB_NOT_FOUND";
}

/** Statuses that time may heal (RFC 9110, RFC 6585). */
const temporaryStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

export function isTemporary({ status }: HttpReply): boolean {
  return temporaryStatuses.has(status);
}

/** A reply that says "later", with the delay it asks for. */
export async function temporaryFailure(
  reply: HttpReply,
  host: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<TemporaryFailure> {
  const { status, headers } = reply;
  const said = describe(await readErrorBody(reply, signal));
  const asked = headers["retry-after"];
  const delayMs = asked === undefined ? undefined : parseRetryAfter(asked, headers.date, nowMs);
  const error =
    status === 429
      ? registryError("RATE_LIMITED", `${host} answers too many requests (429)${said}`, {
          hint: "wait a while; logging in (docker login) often raises the limit",
        })
      : registryError("REGISTRY_FAILED", `${host} answered ${status} at ${redactUrl(reply.url)}${said}`, {
          hint: "the registry has a problem of its own; try again later",
        });
  return new TemporaryFailure(error, delayMs);
}

/** Any other status that is no success, as an error. */
export async function replyError(
  reply: HttpReply,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<TsbuildError> {
  const said = describe(await readErrorBody(reply, signal));
  const { host, thing, missing } = wanted;
  switch (reply.status) {
    case 401:
      return registryError("REGISTRY_UNAUTHORIZED", `${host} wants a login for ${thing}${said}`, {
        hint: `docker login ${host}; docker.io answers like this for repositories that do not exist, too`,
      });
    case 403:
      return registryError("REGISTRY_DENIED", `${host} does not allow this for ${thing}${said}`, {
        hint: `has the account of docker login ${host} the right to it?`,
      });
    case 404:
      return registryError(missing, `${thing}: not found at ${host}${said}`, {
        hint: "check its name and tag; private repositories may need docker login",
      });
    default:
      return registryError(
        "REGISTRY_FAILED",
        `${host} answered ${reply.status} for ${thing} at ${redactUrl(reply.url)}${said}`,
      );
  }
}

const maxShownText = 300;

/** distribution-spec "error codes": the first message, made safe to print. */
function describe(body: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    // Pages of proxies explain nothing.
    return "";
  }
  const errors = (parsed as { errors?: unknown } | null)?.errors;
  const first = (Array.isArray(errors) ? errors[0] : undefined) as
    | { code?: unknown; message?: unknown }
    | undefined;
  const parts = [first?.code, first?.message].filter((part) => typeof part === "string" && part !== "");
  if (parts.length === 0) return "";
  return `: ${printable(parts.join(": "))}`;
}

function printable(text: string): string {
  return text.slice(0, maxShownText).replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, " ");
}
