import { once } from "node:events";
import type { Socket } from "node:net";
import { type SshAgent, type SshConversation, agentMessage } from "./agent.ts";
import { createFrameReader, frameMessage } from "./frames.ts";

/** As BuildKit: a step may see the keys and have something signed; it may not add, remove or lock them. */
const allowed: ReadonlySet<number> = new Set([agentMessage.requestIdentities, agentMessage.signRequest]);

const refusal = Buffer.from([agentMessage.failure]);

/** Answers for the agent on a socket at `path`, until it is disposed; each client has a conversation of its own. */
export async function serveAgent(agent: SshAgent, path: string): Promise<AsyncDisposable> {
  const { createServer } = process.getBuiltinModule("node:net");
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.once("close", () => clients.delete(client));
    serveClient(agent, client);
  });
  server.listen(path);
  await once(server, "listening");
  return {
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function serveClient(agent: SshAgent, client: Socket): void {
  let conversation: Promise<SshConversation> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const reply = async (message: Buffer): Promise<void> => {
    conversation ??= agent.converse();
    const answer = allowed.has(message[0] ?? 0) ? await (await conversation).answer(message) : refusal;
    client.write(frameMessage(answer));
  };
  const end = (): void => void client.destroy();
  const read = createFrameReader((message) => {
    last = last.then(() => reply(message)).catch(end);
  });
  client.on("data", (chunk: Buffer) => {
    try {
      read(chunk);
    } catch {
      // What does not speak the protocol is hung up on; the step sees it.
      end();
    }
  });
  client.on("error", end);
  client.once("close", () => {
    conversation?.then((open) => open[Symbol.dispose]()).catch(end);
  });
}
