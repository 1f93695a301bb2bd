import { chmodSync } from "node:fs";
import { join } from "node:path";
import type { RunMount } from "../../graph/step.ts";
import { missingAgent } from "../../ssh/missing-agent.ts";
import { serveAgent } from "../../ssh/serve-agent.ts";
import { bind } from "./bind-mount.ts";
import { giveTo } from "./give-to.ts";
import { openMemoryDirectory } from "./memory-directory.ts";
import type { MountOptions, RunMounts } from "./run-mounts.ts";

type SshMount = Extract<RunMount, { kind: "ssh" }>;

/**
 * The socket of an agent, for this step only. It is our own, with the owner and mode that the mount asks for: the user's socket
 * is not shown, and what may be asked is decided on the way.
 */
export async function sshMount(mount: SshMount, { tools, resources }: MountOptions): Promise<RunMounts> {
  const agent = tools.request.ssh?.[mount.id];
  if (!agent) {
    if (mount.required) throw missingAgent(mount.id, tools.request.ssh);
    return { mounts: [], env: [] };
  }
  // Short: the path of a socket has at most 107 bytes.
  const socket = join(resources.use(openMemoryDirectory()).path, "agent");
  resources.use(await serveAgent(agent, socket));
  giveTo(socket, mount);
  // As BuildKit: sticky and setgid get lost.
  chmodSync(socket, mount.mode & 0o777);
  return { mounts: [bind(mount.target, socket, "rw")], env: [] };
}
