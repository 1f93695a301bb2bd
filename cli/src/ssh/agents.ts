import { closeSync, openSync, readSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { BuildRequest, SshAgent } from "@tsbuild/builder";
import { cliError } from "../errors.ts";
import { createKeyAgent } from "./key-agent.ts";
import { readPrivateKey, type SigningKey } from "./private-key.ts";
import { createSocketAgent } from "./socket-agent.ts";

/** What BuildKit reads of a key file. */
const maxKeyBytes = 100 * 1024;
const defaultId = "default";

/** Sockets and keys by the id that a RUN asks for; without a path it is the agent of `$SSH_AUTH_SOCK`. */
export type SshPaths = Readonly<Record<string, readonly string[]>>;

/** Reads `--ssh default`, `--ssh ID`, `--ssh ID=SOCKET`, `--ssh ID=KEY[,KEY]` as buildx does. @throws USAGE */
export function parseSsh(texts: readonly string[]): SshPaths {
  const agents = new Map<string, readonly string[]>();
  for (const text of texts) {
    const equals = text.indexOf("=");
    const id = (equals < 0 ? text : text.slice(0, equals)) || defaultId;
    if (agents.has(id))
      throw cliError("USAGE", `duplicate agent ID ${JSON.stringify(id)}`, {
        hint: "give several keys as --ssh ID=KEY,KEY",
      });
    agents.set(id, equals < 0 ? [] : text.slice(equals + 1).split(","));
  }
  return Object.fromEntries(agents);
}

export interface SshPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Agents for what was asked for. Key files are read now; sockets are connected to when a step does. @throws SSH_AGENT_UNUSABLE */
export function openSshAgents(paths: SshPaths, place: SshPlace): NonNullable<BuildRequest["ssh"]> {
  return Object.fromEntries(Object.entries(paths).map(([id, list]) => [id, openAgent(id, list, place)]));
}

function openAgent(id: string, given: readonly string[], { env, cwd }: SshPlace): SshAgent {
  const isDefault = given.length === 0 || (given.length === 1 && given[0] === "");
  const path = env["SSH_AUTH_SOCK"] ?? "";
  if (isDefault && path === "")
    throw unusable(id, "invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set", {
      hint: `start an agent (eval $(ssh-agent) && ssh-add), or name a key: --ssh ${id}=KEYFILE`,
    });
  const paths = (isDefault ? [path] : given).map((each) => resolve(cwd, each));
  const sockets = paths.filter((each) => isSocket(id, each));
  const [socket, second] = sockets;
  if (socket === undefined) return createKeyAgent(paths.map((each) => readKey(id, each)));
  if (second !== undefined) throw unusable(id, "only single socket allowed");
  if (paths.length > 1) throw unusable(id, "invalid combination of keys and sockets");
  return createSocketAgent(socket);
}

function unusable(id: string, problem: string, details: { hint?: string; cause?: unknown } = {}): Error {
  return cliError("SSH_AGENT_UNUSABLE", `--ssh ${id}: ${problem}`, {
    hint: "write --ssh ID=SOCKET, or --ssh ID=KEYFILE[,KEYFILE]",
    ...details,
  });
}

function isSocket(id: string, path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw unusable(id, `stat ${path}: no such file or directory`);
  return stat.isSocket();
}

function readKey(id: string, path: string): SigningKey {
  try {
    return readPrivateKey(readStart(path));
  } catch (cause) {
    throw unusable(id, `failed to parse ${path}`, {
      cause,
      hint: "a key with a passphrase is served by an agent: ssh-add it, and use --ssh default",
    });
  }
}

function readStart(path: string): string {
  const fd = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(maxKeyBytes);
    return bytes.toString("latin1", 0, readSync(fd, bytes));
  } finally {
    closeSync(fd);
  }
}
