import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { SshAgent } from "./agent.ts";
import { createFrameReader, frameMessage } from "./frames.ts";
import { serveAgent } from "./serve-agent.ts";

/** An agent that answers with what it was asked, and counts its conversations. */
function echo(): SshAgent & { open: number; opened: number } {
  const agent = {
    open: 0,
    opened: 0,
    converse: async () => {
      agent.open++;
      agent.opened++;
      return {
        answer: async (message: Buffer) => Buffer.concat([Buffer.of(99), message]),
        [Symbol.dispose]: () => void agent.open--,
      };
    },
  };
  return agent;
}

async function withSocket(agent: SshAgent, use: (path: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-agent-"));
  try {
    await using _ = await serveAgent(agent, join(directory, "agent"));
    await use(join(directory, "agent"));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function ask(path: string, messages: readonly Buffer[]): Promise<string[]> {
  const socket = connect(path);
  const answers: string[] = [];
  const read = createFrameReader((message) => {
    if (answers.push(message.toString("hex")) === messages.length) socket.end();
  });
  socket.on("data", read);
  socket.write(Buffer.concat(messages.map(frameMessage)));
  await once(socket, "close");
  return answers;
}

test("keys are listed and data is signed, in the order of the questions; all else is refused unasked", async () => {
  const agent = echo();
  await withSocket(agent, async (path) => {
    const refused = [1, 17, 18, 19, 20, 22, 23, 25, 26, 27].map((type) => Buffer.of(type, 0));
    const answers = await ask(path, [Buffer.of(11), ...refused, Buffer.of(13, 7)]);
    assert.deepEqual(answers, ["630b", ...refused.map(() => "05"), "630d07"]);
  });
});

test("every client has a conversation of its own, which ends with it", async () => {
  const agent = echo();
  await withSocket(agent, async (path) => {
    await Promise.all([ask(path, [Buffer.of(11)]), ask(path, [Buffer.of(11)])]);
    await ask(path, [Buffer.of(11)]);
    assert.equal(agent.opened, 3);
  });
  assert.equal(agent.open, 0);
});

test("who does not speak the protocol, or asks an agent that is gone, is hung up on", async () => {
  const gone = { converse: () => Promise.reject(new Error("gone")) };
  await withSocket(gone, async (path) => {
    assert.deepEqual(await ask(path, [Buffer.of(11)]), []);
    const socket = connect(path);
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await once(socket, "close");
  });
});
