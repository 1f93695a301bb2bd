import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { test } from "node:test";
import { agentMessage } from "@tsbuild/builder";
import { createKeyAgent } from "./key-agent.ts";
import { readPrivateKey, type SigningKey } from "./private-key.ts";
import { openSshText } from "./testing/openssh-key.ts";
import { readWire, wireNumber, wireStrings } from "./wire.ts";

const keys = {
  ed25519: generateKeyPairSync("ed25519"),
  rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  nistp256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  nistp384: generateKeyPairSync("ec", { namedCurve: "P-384" }),
  nistp521: generateKeyPairSync("ec", { namedCurve: "P-521" }),
};

async function signed(key: SigningKey, data: string, flags: number): Promise<readonly [string, Buffer]> {
  using conversation = await createKeyAgent([key]).converse();
  const request = [Buffer.of(agentMessage.signRequest), wireStrings(key.blob, data), wireNumber(flags)];
  const answer = await conversation.answer(Buffer.concat(request));
  assert.equal(answer[0], agentMessage.signature);
  const signature = readWire(readWire(answer.subarray(1)).string());
  return [signature.text(), signature.string()];
}

/** r and s as node wants them: each as long as the curve's numbers. */
function fixedPair(bytes: Buffer, length: number): Buffer {
  const read = readWire(bytes);
  const number = (): Buffer => {
    const digits = read.string();
    const bare = digits.subarray(Math.max(0, digits.length - length));
    return Buffer.concat([Buffer.alloc(length - bare.length), bare]);
  };
  return Buffer.concat([number(), number()]);
}

const rows: readonly (readonly [keyof typeof keys, number, string, string | null, number])[] = [
  ["ed25519", 0, "ssh-ed25519", null, 0],
  ["rsa", 0, "ssh-rsa", "sha1", 0],
  ["rsa", 2, "rsa-sha2-256", "sha256", 0],
  ["rsa", 4, "rsa-sha2-512", "sha512", 0],
  ["nistp256", 0, "ecdsa-sha2-nistp256", "sha256", 32],
  ["nistp384", 0, "ecdsa-sha2-nistp384", "sha384", 48],
  ["nistp521", 0, "ecdsa-sha2-nistp521", "sha512", 66],
];

for (const [name, flags, algorithm, hash, length] of rows)
  for (const form of ["openssh", "pkcs8"] as const)
    test(`${name} from ${form} signs as ${algorithm}`, async () => {
      const { privateKey, publicKey } = keys[name];
      const text =
        form === "openssh"
          ? openSshText(privateKey)
          : privateKey.export({ format: "pem", type: "pkcs8" }).toString();
      const [told, signature] = await signed(readPrivateKey(text), "what is signed", flags);
      assert.equal(told, algorithm);
      const key = length === 0 ? publicKey : { key: publicKey, dsaEncoding: "ieee-p1363" as const };
      const bytes = length === 0 ? signature : fixedPair(signature, length);
      assert.ok(verify(hash, Buffer.from("what is signed"), key as KeyObject, bytes));
    });

test("the agent lists its keys, and signs with no other and with no broken request", async () => {
  const [mine, other] = ["ed25519", "rsa"].map((name) =>
    readPrivateKey(openSshText(keys[name as "rsa"].privateKey)),
  );
  assert.ok(mine && other);
  using conversation = await createKeyAgent([mine]).converse();
  const list = await conversation.answer(Buffer.of(agentMessage.requestIdentities));
  assert.deepEqual(
    list,
    Buffer.concat([Buffer.of(agentMessage.identities), wireNumber(1), wireStrings(mine.blob, "")]),
  );
  for (const message of [
    Buffer.concat([Buffer.of(13), wireStrings(other.blob, "x"), wireNumber(0)]),
    Buffer.of(13, 0, 0, 1),
    Buffer.of(17),
  ])
    assert.deepEqual(await conversation.answer(message), Buffer.of(agentMessage.failure));
});

for (const [name, text, message] of [
  ["no key", "hello", "ssh: no key found"],
  [
    "an encrypted PEM",
    keys.rsa.privateKey
      .export({ format: "pem", type: "pkcs8", cipher: "aes-128-cbc", passphrase: "x" })
      .toString(),
    "ssh: this private key is passphrase protected",
  ],
  [
    "an encrypted OpenSSH key",
    openSshText(keys.ed25519.privateKey, { cipher: "aes256-ctr" }),
    "ssh: this private key is passphrase protected",
  ],
  [
    "a key that SSH does not know",
    generateKeyPairSync("x25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    "ssh: unsupported key type X25519",
  ],
  [
    "an OpenSSH key that is none",
    "-----BEGIN OPENSSH PRIVATE KEY-----\naGVsbG8=\n-----END OPENSSH PRIVATE KEY-----\n",
    "ssh: invalid openssh private key format",
  ],
  [
    "an OpenSSH key that was decrypted wrongly",
    openSshText(keys.ed25519.privateKey, { check: 7 }),
    "ssh: malformed OpenSSH key",
  ],
] as const)
  test(`refused: ${name}`, () => assert.throws(() => readPrivateKey(text), { message }));

test("a cut OpenSSH key is an error wherever it is cut", () => {
  const text = openSshText(keys.nistp256.privateKey);
  const body = Buffer.from(text.replaceAll(/-----.*-----|\n/g, ""), "base64");
  for (let length = 0; length < body.length - 8; length += 7) {
    const cut = body.subarray(0, length).toString("base64");
    assert.throws(() =>
      readPrivateKey(`-----BEGIN OPENSSH PRIVATE KEY-----\n${cut}\n-----END OPENSSH PRIVATE KEY-----`),
    );
  }
});
