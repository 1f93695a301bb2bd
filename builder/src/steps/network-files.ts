import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import type { OciMount } from "@tsbuild/runner-native";
import type { BuildRequest } from "../request.ts";
import type { StepTools } from "./executor.ts";

/** What a RUN step sees as its machine: BuildKit's name, so that scripts which print it print the same. */
export const sandboxHostname = "buildkitsandbox";

const resolverFile = "/etc/resolv.conf";

/** One directory of generated files for each build, by its request. */
const written = new WeakMap<BuildRequest, string>();

/** /etc/hosts and /etc/resolv.conf as read-only mounts: what belongs to this machine never gets into a layer. */
export function networkFiles({ request, store }: Pick<StepTools, "request" | "store">): OciMount[] {
  const known = written.get(request);
  const directory = known ?? store.temporaryDirectory("network");
  if (known === undefined) {
    writePublic(`${directory}/hosts`, hostsText(request.addHosts ?? []));
    writePublic(`${directory}/resolv.conf`, readResolver());
    written.set(request, directory);
  }
  return ["hosts", "resolv.conf"].map((name) => ({
    destination: `/etc/${name}`,
    type: "bind",
    source: `${directory}/${name}`,
    options: ["bind", "ro", "nosuid", "nodev", "noexec"],
  }));
}

function hostsText(extra: NonNullable<BuildRequest["addHosts"]>): string {
  const lines = [
    `127.0.0.1\tlocalhost ${sandboxHostname}`,
    "::1\tlocalhost ip6-localhost ip6-loopback",
    ...extra.map(({ host, address }) => `${address}\t${host}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** The network is the host's, so its name servers are reachable, those on the loopback too. */
function readResolver(): string {
  try {
    return readFileSync(resolverFile, "utf8");
  } catch {
    // A machine without name service: the step has none either.
    return "";
  }
}

/** Readable whatever the umask: every user of a step reads them. */
function writePublic(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o644);
}
