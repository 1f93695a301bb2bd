import type { JsonWebKey, KeyObject } from "node:crypto";
import { readWire, type WireReader, wireInteger, wireStrings } from "./wire.ts";

/** A key that signs, and what the other side knows it by. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  /** The public key in SSH's form (RFC 4253 section 6.6). */
  readonly blob: Buffer;
  readonly algorithm: Algorithm;
}

export type Algorithm =
  | { readonly kind: "ed25519" }
  | { readonly kind: "rsa" }
  | { readonly kind: "ecdsa"; readonly curve: Curve };

/** RFC 5656: the curve's name in SSH, in JWK, and the hash that goes with it. */
export interface Curve {
  readonly name: string;
  readonly crv: string;
  readonly hash: string;
  readonly bytes: number;
}

const curves: readonly Curve[] = [
  { name: "nistp256", crv: "P-256", hash: "sha256", bytes: 32 },
  { name: "nistp384", crv: "P-384", hash: "sha384", bytes: 48 },
  { name: "nistp521", crv: "P-521", hash: "sha512", bytes: 66 },
];

/** @throws Error in the words of the library that BuildKit reads keys with. */
export function readPrivateKey(text: string): SigningKey {
  const { createPrivateKey } = process.getBuiltinModule("node:crypto");
  const [, label] = /-----BEGIN ([A-Z ]+)-----/.exec(text) ?? [];
  if (label === undefined) throw new Error("ssh: no key found");
  if (label === "OPENSSH PRIVATE KEY") return signingKey(createPrivateKey(openSshKey(text)));
  if (/ENCRYPTED/.test(text)) throw passphraseNeeded();
  return signingKey(createPrivateKey(text));
}

function passphraseNeeded(): Error {
  return new Error("ssh: this private key is passphrase protected");
}

function signingKey(privateKey: KeyObject): SigningKey {
  const { kty, crv, x = "", y = "", e = "", n = "" } = privateKey.export({ format: "jwk" });
  if (kty === "RSA")
    return {
      privateKey,
      algorithm: { kind: "rsa" },
      blob: wireStrings("ssh-rsa", wireInteger(bytesOf(e)), wireInteger(bytesOf(n))),
    };
  if (crv === "Ed25519")
    return { privateKey, algorithm: { kind: "ed25519" }, blob: wireStrings("ssh-ed25519", bytesOf(x)) };
  const curve = curves.find((each) => each.crv === crv);
  if (curve === undefined) throw new Error(`ssh: unsupported key type ${crv ?? kty}`);
  const point = Buffer.concat([Buffer.of(uncompressed), bytesOf(x), bytesOf(y)]);
  const blob = wireStrings(`ecdsa-sha2-${curve.name}`, curve.name, point);
  return { privateKey, algorithm: { kind: "ecdsa", curve }, blob };
}

/** A point's two coordinates follow in full (SEC 1 section 2.3.3). */
const uncompressed = 4;

function bytesOf(base64url: string): Buffer {
  return Buffer.from(base64url, "base64url");
}

const magic = "openssh-key-v1\0";

/** OpenSSH's own format (its PROTOCOL.key): one key, not encrypted. */
function openSshKey(text: string): { readonly key: JsonWebKey; readonly format: "jwk" } {
  const [, body = ""] =
    /-----BEGIN OPENSSH PRIVATE KEY-----([^-]*)-----END OPENSSH PRIVATE KEY-----/.exec(text) ?? [];
  const bytes = Buffer.from(body, "base64");
  if (bytes.toString("latin1", 0, magic.length) !== magic)
    throw new Error("ssh: invalid openssh private key format");
  const outer = readWire(bytes.subarray(magic.length));
  const cipher = outer.text();
  outer.string(); // the name of the key derivation
  outer.string(); // its options
  if (outer.uint32() !== 1) throw new Error("ssh: multi-key files are not supported");
  outer.string(); // the public key: it follows from the private one
  if (cipher !== "none") throw passphraseNeeded();
  const inner = readWire(outer.string());
  if (inner.uint32() !== inner.uint32()) throw new Error("ssh: malformed OpenSSH key");
  return { key: privateFields(inner.text(), inner), format: "jwk" };
}

function privateFields(type: string, from: WireReader): JsonWebKey {
  if (type === "ssh-ed25519") {
    const x = from.string();
    // The seed, and the public key once more.
    const d = from.string().subarray(0, x.length);
    return { kty: "OKP", crv: "Ed25519", x: x.toString("base64url"), d: d.toString("base64url") };
  }
  if (type === "ssh-rsa") return rsaFields(from);
  const curve = curves.find(({ name }) => type === `ecdsa-sha2-${name}`);
  if (curve === undefined) throw new Error(`ssh: unsupported key type ${type}`);
  from.string(); // the curve's name again
  const point = from.string();
  const d = padded(withoutSign(from.string()), curve.bytes);
  const x = point.subarray(1, 1 + curve.bytes);
  const y = point.subarray(1 + curve.bytes);
  return { kty: "EC", crv: curve.crv, ...base64urls({ x, y, d }) };
}

function rsaFields(from: WireReader): JsonWebKey {
  const [n, e, d, qi, p, q] = Array.from({ length: 6 }, () => withoutSign(from.string())) as Six<Buffer>;
  const reduced = (prime: Buffer): Buffer => bytesOfNumber(numberOf(d) % (numberOf(prime) - 1n));
  return { kty: "RSA", ...base64urls({ n, e, d, p, q, dp: reduced(p), dq: reduced(q), qi }) };
}

type Six<Value> = [Value, Value, Value, Value, Value, Value];

function base64urls(values: Readonly<Record<string, Buffer>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value.toString("base64url")]),
  );
}

/** Without the zero that an `mpint` has before a set top bit. */
function withoutSign(value: Buffer): Buffer {
  return value[0] === 0 ? value.subarray(1) : value;
}

function padded(value: Buffer, length: number): Buffer {
  return Buffer.concat([Buffer.alloc(Math.max(0, length - value.length)), value]);
}

function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString("hex")}`);
}

function bytesOfNumber(value: bigint): Buffer {
  const digits = value.toString(16);
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
}
