import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mustRun, runCommand } from "../command.ts";
import { buildCase, type Builder, builtName } from "./peer.ts";

/** Debian's own, whatever else comes first in the PATH. */
const programs = { daemon: "/usr/sbin/dockerd", client: "/usr/bin/docker" };
const startAttempts = 300;
const attemptMs = 100;

/** Debian's dockerd on a socket and with data of its own and without a network, building with its BuildKit. */
export async function startDocker(directory: string, baseArchive: string): Promise<Builder> {
  const root = join(directory, "docker");
  mkdirSync(root);
  const host = `unix://${root}/docker.sock`;
  const places = ["--data-root", `${root}/data`, "--exec-root", `${root}/exec`, "--pidfile", `${root}/pid`];
  const network = ["--bridge=none", "--iptables=false", "--ip-masq=false"];
  const daemon = spawn(programs.daemon, ["--host", host, ...places, ...network], { stdio: "ignore" });
  const isGone = (): boolean => daemon.exitCode !== null || daemon.signalCode !== null;
  // Nothing may be left running when the comparison crashes.
  const end = (): void => void daemon.kill("SIGTERM");
  process.once("exit", end);
  const stop = async (): Promise<void> => {
    process.off("exit", end);
    if (isGone()) return;
    const ended = new Promise((resolve) => daemon.once("exit", resolve));
    daemon.kill("SIGTERM");
    await ended;
  };
  const env = { DOCKER_HOST: host, DOCKER_BUILDKIT: "1", DOCKER_CONFIG: join(root, "config") };
  const run = (args: readonly string[]) => runCommand(programs.client, args, { env });
  let answers = false;
  for (let attempt = 0; attempt < startAttempts && !answers && !isGone(); attempt++) {
    answers = (await run(["version"])).succeeded;
    if (!answers) await sleep(attemptMs);
  }
  if (!answers) {
    await stop();
    throw new Error(
      "dockerd did not start: it needs root, and its data on a file system that overlayfs can use",
    );
  }
  await mustRun(programs.client, ["load", "-i", baseArchive], { env });
  const build = ["build", "--network", "host", "--progress", "plain"];
  return {
    async build(each, written, archive) {
      const built = await buildCase({ run, build }, each, written);
      // A daemon that is gone refuses everything.
      if (isGone()) throw new Error(`dockerd ended at ${each.name}:\n${built.text}`);
      if (!built.succeeded) return built.text;
      await mustRun(programs.client, ["save", "-o", archive, builtName], { env });
      return undefined;
    },
    [Symbol.asyncDispose]: stop,
  };
}
