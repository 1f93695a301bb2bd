import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { agentMessage, createFrameReader, frameMessage } from "@tsbuild/builder";
import { openSshAgents, parseSsh } from "./agents.ts";
import { openSshText } from "./testing/openssh-key.ts";

let directory: string;
const server = createServer((client) => {
  const read = createFrameReader((message) => {
    client.write(frameMessage(Buffer.concat([Buffer.from("asked "), message])));
    if (message[0] === agentMessage.signRequest) client.destroy();
  });
  client.on("data", read);
});
before(async () => {
  directory = mkdtempSync(join(tmpdir(), "tsbuild-ssh-"));
  writeFileSync(join(directory, "key"), openSshText(generateKeyPairSync("ed25519").privateKey));
  writeFileSync(join(directory, "noise"), "hello\n");
  server.listen(join(directory, "socket"));
  await once(server, "listening");
});
after(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

for (const [texts, expected] of [
  [["default"], { default: [] }],
  [["default=/a/b"], { default: ["/a/b"] }],
  [["=/a"], { default: ["/a"] }],
  [["one=a,b", "two"], { one: ["a", "b"], two: [] }],
  [["id=a=b"], { id: ["a=b"] }],
] as const)
  test(`--ssh ${texts.join(" --ssh ")}`, () => assert.deepEqual(parseSsh(texts), expected));

test("an id is given once", () =>
  assert.throws(() => parseSsh(["default", "default=x"]), { message: 'duplicate agent ID "default"' }));

for (const [name, paths, env, message] of [
  ["no agent", [], {}, "--ssh id: invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set"],
  ["no agent, by an empty path", [""], {}, /make sure SSH_AUTH_SOCK is set/],
  ["a missing file", ["nowhere"], {}, /^--ssh id: stat .*\/nowhere: no such file or directory$/],
  ["an agent that is gone", [], { SSH_AUTH_SOCK: "/nowhere" }, /stat \/nowhere: no such file/],
  ["two sockets", ["socket", "socket"], {}, "--ssh id: only single socket allowed"],
  ["a key and a socket", ["key", "socket"], {}, "--ssh id: invalid combination of keys and sockets"],
  ["a file that is no key", ["noise"], {}, /^--ssh id: failed to parse .*\/noise$/],
] as const)
  test(`refused: ${name}`, () =>
    assert.throws(() => openSshAgents({ id: paths }, { env, cwd: directory }), {
      code: "SSH_AGENT_UNUSABLE",
      message,
    }));

test("a socket's agent is asked, key files are served without one", async () => {
  const env = { SSH_AUTH_SOCK: join(directory, "socket") };
  const agents = openSshAgents({ default: [], files: ["key"] }, { env, cwd: directory });
  using asked = (await agents["default"]?.converse()) ?? assert.fail();
  assert.equal((await asked.answer(Buffer.from("one"))).toString(), "asked one");
  assert.equal((await asked.answer(Buffer.from("two"))).toString(), "asked two");
  const list = await (await agents["files"]?.converse())?.answer(Buffer.of(11));
  assert.equal(list?.readUInt32BE(1), 1);
});

test("an agent that hangs up or is not there is an error, not a wait", async () => {
  const agents = openSshAgents({ a: ["socket"] }, { env: {}, cwd: directory });
  using conversation = (await agents["a"]?.converse()) ?? assert.fail();
  await conversation.answer(Buffer.of(agentMessage.signRequest));
  await assert.rejects(conversation.answer(Buffer.of(11)));
  server.close();
  rmSync(join(directory, "socket"), { force: true });
  await assert.rejects(agents["a"]?.converse() ?? Promise.resolve(), {
    code: "SSH_AGENT_UNUSABLE",
    message: /^failed to connect to .*socket$/,
  });
});
