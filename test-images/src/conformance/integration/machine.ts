import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { findHierarchies } from "@tsbuild/runner-native";

/** The devices that a test's program describes to the daemon. */
const injected = {
  kind: "vendor1.com/device",
  annotations: { "org.mobyproject.buildkit.device.autoallow": "true" },
  devices: [{ name: "foo", containerEdits: { env: ["FOO=injected"] } }],
};

/** Writes the devices of a test's machine and says where, for the command. */
export function deviceOptions(test: string, directory: string): readonly string[] {
  if (test !== "testDeviceRunEnv") return [];
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "vendor1.json"), JSON.stringify({ cdiVersion: "1.0.0", ...injected }));
  return ["--cdi-spec-dir", directory];
}

/** What a test finds on the machine besides its files, and what its program calls it; gone when it is disposed. */
export interface Machine extends AsyncDisposable {
  readonly values: ReadonlyMap<string, string>;
}

export async function prepareMachine(test: string): Promise<Machine> {
  switch (test) {
    case "testRunHostNetwork":
    case "testRunGlobalNetwork":
      return startGreeter();
    case "testCgroupParent":
      return makeGroup();
    default:
      return { values: new Map(), [Symbol.asyncDispose]: async () => undefined };
  }
}

/** Says "foo" to whoever connects from this machine. */
async function startGreeter(): Promise<Machine> {
  const server = createServer((client) => client.on("error", () => undefined).end("foo\n"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    values: new Map([["port", String((server.address() as AddressInfo).port)]]),
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

/** A control group for ten processes. */
function makeGroup(): Machine {
  const id = randomBytes(8).toString("hex");
  const name = `test.${id}`;
  const hierarchies = findHierarchies();
  const pids = hierarchies.find(({ controllers }) => controllers.has("pids"));
  if (pids === undefined) throw new Error("this machine cannot limit processes: it has no pids controller");
  if (pids.version === 2) writeFileSync(join(pids.mount, "cgroup.subtree_control"), "+pids");
  mkdirSync(join(pids.mount, name));
  writeFileSync(join(pids.mount, name, "pids.max"), "10");
  return {
    values: new Map([["identity.NewID()", id]]),
    [Symbol.asyncDispose]: async () => {
      for (const { mount } of hierarchies) removeGroup(join(mount, name));
    },
  };
}

function removeGroup(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // The build has not got that far.
  }
}
