import type { Secret } from "./secret.ts";

/** What somebody stored for a registry. */
export type Credentials =
  | { readonly kind: "anonymous" }
  | { readonly kind: "password"; readonly username: string; readonly password: Secret }
  /** An OAuth2 refresh token, docker's "identitytoken". */
  | { readonly kind: "refresh-token"; readonly token: Secret }
  /** A token that is sent as it is, docker's "registrytoken". */
  | { readonly kind: "bearer"; readonly token: Secret };

/** What is shown when nothing is known for a registry. */
export const anonymous: Credentials = { kind: "anonymous" };

/** Finds what to show to a registry. The repository matters for files of the containers tools. */
export interface CredentialSource {
  find(domain: string, path: string, signal: AbortSignal): Promise<Credentials>;
}

export function basicHeader(username: string, password: Secret): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`, "utf8").toString("base64")}`;
}
