import { once } from "node:events";
import type { Socket } from "node:net";
import { createFrameReader, frameMessage, type SshAgent, type SshConversation } from "@tsbuild/builder";
import { cliError } from "../errors.ts";

/** The agent behind a socket of this machine: ssh-agent's, or any other that speaks its protocol. */
export function createSocketAgent(path: string): SshAgent {
  return { converse: () => converse(path) };
}

async function converse(path: string): Promise<SshConversation> {
  const socket = process.getBuiltinModule("node:net").connect(path);
  try {
    await once(socket, "connect");
  } catch (cause) {
    throw cliError("SSH_AGENT_UNUSABLE", `failed to connect to ${path}`, {
      cause,
      hint: "start an agent (eval $(ssh-agent)) and check SSH_AUTH_SOCK",
    });
  }
  const answers = answersOf(socket);
  return {
    answer: (message) => {
      socket.write(frameMessage(message));
      return answers.next();
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** The messages of a socket, one for each call; rejects when there will be none any more. */
function answersOf(socket: Socket): { next(): Promise<Buffer> } {
  let waiting: PromiseWithResolvers<Buffer> | undefined;
  const read = createFrameReader((message) => {
    waiting?.resolve(Buffer.from(message));
    waiting = undefined;
  });
  const end = (error: Error): void => {
    waiting?.reject(error);
    socket.destroy();
  };
  socket.on("data", (chunk: Buffer) => {
    try {
      read(chunk);
    } catch (error) {
      end(error as Error);
    }
  });
  socket.on("error", end);
  socket.on("close", () => end(new Error("the agent has hung up")));
  return {
    next: () => {
      waiting = Promise.withResolvers();
      if (socket.destroyed) waiting.reject(new Error("the agent has hung up"));
      return waiting.promise;
    },
  };
}
