import { agentMessage, type SshAgent } from "@tsbuild/builder";
import type { SigningKey } from "./private-key.ts";
import { readWire, wireInteger, wireNumber, wireStrings } from "./wire.ts";

const failure = Buffer.of(agentMessage.failure);

/** An agent in this process that serves keys read from files: they are nowhere else, and gone with it. */
export function createKeyAgent(keys: readonly SigningKey[]): SshAgent {
  const answer = async (message: Buffer): Promise<Buffer> => {
    try {
      if (message[0] === agentMessage.requestIdentities) return identities(keys);
      return message[0] === agentMessage.signRequest ? sign(keys, message.subarray(1)) : failure;
    } catch {
      // A message that is cut short: the protocol has one answer to all that is wrong.
      return failure;
    }
  };
  return { converse: async () => ({ answer, [Symbol.dispose]: () => undefined }) };
}

function identities(keys: readonly SigningKey[]): Buffer {
  const comment = "";
  return Buffer.concat([
    Buffer.of(agentMessage.identities),
    wireNumber(keys.length),
    ...keys.map(({ blob }) => wireStrings(blob, comment)),
  ]);
}

function sign(keys: readonly SigningKey[], request: Buffer): Buffer {
  const read = readWire(request);
  const blob = read.string();
  const data = read.string();
  const flags = read.uint32();
  const key = keys.find((each) => each.blob.equals(blob));
  if (key === undefined) return failure;
  return Buffer.concat([Buffer.of(agentMessage.signature), wireStrings(signature(key, data, flags))]);
}

/** Flags of a request: the hash of an RSA signature (RFC 8332); without one it is SHA-1. */
const rsaFlags = { sha256: 2, sha512: 4 } as const;

/** A signature with the name of its algorithm. */
function signature({ privateKey, algorithm }: SigningKey, data: Buffer, flags: number): Buffer {
  const crypto = process.getBuiltinModule("node:crypto");
  switch (algorithm.kind) {
    case "ed25519":
      return wireStrings("ssh-ed25519", crypto.sign(null, data, privateKey));
    case "rsa": {
      const [name, hash] =
        (flags & rsaFlags.sha256) !== 0
          ? ["rsa-sha2-256", "sha256"]
          : (flags & rsaFlags.sha512) !== 0
            ? ["rsa-sha2-512", "sha512"]
            : ["ssh-rsa", "sha1"];
      return wireStrings(name as string, crypto.sign(hash, data, privateKey));
    }
    case "ecdsa": {
      const { name, hash, bytes } = algorithm.curve;
      const pair = crypto.sign(hash, data, { key: privateKey, dsaEncoding: "ieee-p1363" });
      const numbers = [pair.subarray(0, bytes), pair.subarray(bytes)].map(wireInteger);
      return wireStrings(`ecdsa-sha2-${name}`, wireStrings(...numbers));
    }
  }
}
