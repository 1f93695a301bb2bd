import { TsbuildError } from "@tsbuild/layers";
import { registryError } from "../errors.ts";
import { addressRefused } from "./agents.ts";
import { redactUrl } from "./redact.ts";

/** Whether asking again may help: `transient` may, `refused` rarely does, `final` never. */
export type Persistence = "transient" | "refused" | "final";

/** Nobody took the connection in time. */
export const connectTimeout = "CONNECT_TIMEOUT";

/** A broken connection or exchange as an error of ours, told apart for retrying. */
export function connectionError(error: unknown, url: URL): TsbuildError {
  if (error instanceof TsbuildError) return error;
  const code = codeOf(error);
  const at = redactUrl(url);
  if (code === addressRefused)
    return registryError("ADDRESS_REFUSED", `${at} is refused: ${messageOf(error)}`, {
      hint: "a registry may send clients to public addresses only; --trusted-host allows others",
    });
  if (code.startsWith("HPE_") && !transientCodes.has(code))
    return registryError("REGISTRY_PROTOCOL", `${url.host} does not speak HTTP: ${messageOf(error)}`, {
      cause: error,
    });
  if (isTlsCode(code)) return tlsError(error, code, url);
  return registryError("REGISTRY_UNREACHABLE", `${url.host} cannot be reached: ${explain(code, error)}`, {
    cause: error,
    hint: `is ${url.host} up and reachable from here? Proxies are taken from HTTP_PROXY, HTTPS_PROXY and NO_PROXY`,
  });
}

export function persistenceOf(error: unknown): Persistence {
  const code = codeOf(error instanceof TsbuildError ? error.cause : error);
  if (transientCodes.has(code)) return "transient";
  return code === "ECONNREFUSED" || code === connectTimeout ? "refused" : "final";
}

/** Whether the other side did not speak TLS at all, which plain HTTP servers do not. */
export function isNotTls(error: unknown): boolean {
  const code = codeOf(error instanceof TsbuildError ? error.cause : error);
  return notTlsCodes.has(code);
}

export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === "string") return code;
  // Happy Eyeballs collects one error per address.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return first === undefined ? "" : codeOf(first);
}

const transientCodes: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ENETDOWN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ECONNABORTED",
  "ERR_STREAM_PREMATURE_CLOSE",
  "HPE_INVALID_EOF_STATE",
]);

const notTlsCodes: ReadonlySet<string> = new Set([
  "EPROTO",
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "ERR_SSL_HTTP_REQUEST",
]);

function isTlsCode(code: string): boolean {
  return (
    notTlsCodes.has(code) ||
    code.startsWith("ERR_TLS_") ||
    code.startsWith("ERR_SSL_") ||
    code.startsWith("CERT_") ||
    code.includes("SELF_SIGNED_CERT") ||
    code.startsWith("UNABLE_TO_") ||
    code === "HOSTNAME_MISMATCH"
  );
}

function tlsError(error: unknown, code: string, url: URL): TsbuildError {
  const hint = notTlsCodes.has(code)
    ? `if it speaks plain HTTP, name it: --insecure-registry ${url.host}`
    : "if its certificate comes from an authority of your own, name that: --ca-cert FILE (or SSL_CERT_FILE)";
  return registryError("TLS_FAILED", `no secure connection to ${url.host}: ${messageOf(error)}`, {
    cause: error,
    hint,
  });
}

function explain(code: string, error: unknown): string {
  return reasons[code] ?? messageOf(error);
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the name cannot be resolved at the moment",
  ECONNRESET: "the connection broke",
  EPIPE: "the connection broke",
  ETIMEDOUT: "it does not answer",
  [connectTimeout]: "it does not answer",
};

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // OpenSSL reports whole lines of its sources.
  return text.split("\n", 1)[0]?.slice(0, 200) ?? "";
}
