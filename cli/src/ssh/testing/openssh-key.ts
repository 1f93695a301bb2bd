import type { KeyObject } from "node:crypto";
import { wireInteger, wireNumber, wireStrings } from "../wire.ts";

/** A private key in OpenSSH's format, as ssh-keygen without a passphrase writes it; or with something wrong. */
export function openSshText(
  key: KeyObject,
  { cipher = "none", check = 1 }: { readonly cipher?: string; readonly check?: number } = {},
): string {
  const fields = fieldsOf(key);
  const inner = Buffer.concat([wireNumber(1), wireNumber(check), fields, wireStrings("a comment")]);
  const padding = Buffer.from(Array.from({ length: (8 - (inner.length % 8)) % 8 }, (_, index) => index + 1));
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    wireStrings(cipher, "none", ""),
    wireNumber(1),
    wireStrings("its public key", Buffer.concat([inner, padding])),
  ]).toString("base64");
  const lines = body.match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function fieldsOf(key: KeyObject): Buffer {
  const jwk = key.export({ format: "jwk" });
  const bytes = (name: keyof typeof jwk): Buffer => Buffer.from(String(jwk[name]), "base64url");
  const integer = (name: keyof typeof jwk): Buffer => wireInteger(bytes(name));
  if (jwk.kty === "RSA")
    return wireStrings("ssh-rsa", ...(["n", "e", "d", "qi", "p", "q"] as const).map(integer));
  if (jwk.kty === "OKP")
    return wireStrings("ssh-ed25519", bytes("x"), Buffer.concat([bytes("d"), bytes("x")]));
  const curve = `nistp${jwk.crv?.slice(2)}`;
  const point = Buffer.concat([Buffer.of(4), bytes("x"), bytes("y")]);
  return wireStrings(`ecdsa-sha2-${curve}`, curve, point, integer("d"));
}
