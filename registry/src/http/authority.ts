import { readFileSync } from "node:fs";
import { registryError } from "../errors.ts";

/** The text of a PEM file that the user named. @throws TLS_FAILED */
export function readAuthority(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw registryError("TLS_FAILED", `the certificates in ${JSON.stringify(path)} cannot be read`, {
      cause,
      hint: "--ca-cert and SSL_CERT_FILE name a file in PEM form",
    });
  }
}
