import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import type { OciMount } from "@tsbuild/runner-native";
import type { Store } from "@tsbuild/layers";
import type { BuildRequest } from "../request.ts";

/** What a RUN step sees by default as its machine: BuildKit's name, so that scripts which print it print the same. */
export const sandboxHostname = "buildkitsandbox";

const resolverFile = "/etc/resolv.conf";

/** /etc/hosts and /etc/resolv.conf as read-only mounts: what belongs to this machine never gets into a layer. */
export type NetworkFiles = (hostname: string) => readonly OciMount[];

export interface NetworkFilesOptions {
  readonly store: Pick<Store, "temporaryDirectory">;
  readonly addHosts: BuildRequest["addHosts"];
}

/** The files of one build, whose steps have one host name, written when a step first wants them. */
export function createNetworkFiles({ store, addHosts = [] }: NetworkFilesOptions): NetworkFiles {
  let mounts: readonly OciMount[] | undefined;
  return (hostname) =>
    (mounts ??= mountsOf(writeFiles(store.temporaryDirectory("network"), { hostname, addHosts })));
}

function writeFiles(directory: string, hosts: Hosts): string {
  writePublic(`${directory}/hosts`, hostsText(hosts));
  writePublic(`${directory}/resolv.conf`, readResolver());
  return directory;
}

function mountsOf(directory: string): readonly OciMount[] {
  return ["hosts", "resolv.conf"].map((name) => ({
    destination: `/etc/${name}`,
    type: "bind",
    source: `${directory}/${name}`,
    options: ["bind", "ro", "nosuid", "nodev", "noexec"],
  }));
}

interface Hosts {
  readonly hostname: string;
  readonly addHosts: NonNullable<BuildRequest["addHosts"]>;
}

function hostsText({ hostname, addHosts }: Hosts): string {
  const lines = [
    `127.0.0.1\tlocalhost ${hostname}`,
    "::1\tlocalhost ip6-localhost ip6-loopback",
    ...addHosts.map(({ host, address }) => `${address}\t${host}`),
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
