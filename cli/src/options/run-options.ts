import { type BuildRequest, parseSize, parseUlimit } from "@tsbuild/builder";
import { parseAttributes } from "./build-options.ts";
import { cliError } from "../errors.ts";

/** Options of the command line that say what RUN steps get. */
export interface RunOptionTexts {
  readonly network: string | undefined;
  readonly allow: readonly string[];
  readonly "cdi-spec-dir": readonly string[];
  readonly "add-host": readonly string[];
  readonly hostname: string | undefined;
  readonly "shm-size": string | undefined;
  readonly ulimit: readonly string[];
  readonly "cgroup-parent": string | undefined;
  readonly resource: readonly string[];
}

type RunRequest = Pick<
  BuildRequest,
  | "network"
  | "allow"
  | "deviceDirectories"
  | "addHosts"
  | "hostname"
  | "shmSizeBytes"
  | "ulimits"
  | "cgroupParent"
  | "resources"
>;

/** What they say, as the library takes it. @throws USAGE, OPTION_INVALID */
export function readRunOptions(given: RunOptionTexts): RunRequest {
  const parent = given["cgroup-parent"];
  const directories = given["cdi-spec-dir"];
  return {
    network: networkMode(given.network),
    allow: given.allow,
    ...(directories.length === 0 ? {} : { deviceDirectories: directories }),
    addHosts: given["add-host"].map(extraHost),
    ...(given.hostname === undefined ? {} : { hostname: given.hostname }),
    ...(given["shm-size"] === undefined ? {} : { shmSizeBytes: size("--shm-size", given["shm-size"]) }),
    ulimits: given.ulimit.map(parseUlimit),
    ...(parent === undefined ? {} : { cgroupParent: cgroupParent(parent) }),
    ...(given.resource.length === 0 ? {} : { resources: readResources(given.resource) }),
  };
}

function networkMode(text: string | undefined): "default" | "host" | "none" {
  if (text === undefined || text === "default") return "default";
  if (text === "host" || text === "none") return text;
  throw cliError("USAGE", `network mode ${JSON.stringify(text)} not supported by buildkit`, {
    hint: "there are default, host and none",
  });
}

/** The machine itself: with its network, it is where a step finds the loopback. */
const hostGateway = "127.0.0.1";

/** `HOST:IP`, `HOST=IP`; an IPv6 address may stand in brackets; `host-gateway` is the machine. */
function extraHost(text: string): { readonly host: string; readonly address: string } {
  const [, host, address] = /^([^:=\s]+)[:=]\[?([0-9a-fA-F.:]+|host-gateway)\]?$/.exec(text) ?? [];
  const isAddress = address !== undefined && process.getBuiltinModule("node:net").isIP(address) !== 0;
  if (host === undefined || !(isAddress || address === "host-gateway"))
    throw cliError("USAGE", `--add-host ${text} is no host and address`, {
      hint: "write --add-host HOST:IP",
    });
  return { host: host.toLowerCase(), address: isAddress ? address : hostGateway };
}

function size(option: string, text: string): number {
  const bytes = parseSize(text);
  if (bytes !== undefined && Number.isSafeInteger(bytes)) return bytes;
  throw cliError("USAGE", `${option} ${text} is no size`, { hint: "write a number with b, k, m or g" });
}

/** `name.slice:` is a request to systemd, which nothing here talks to. */
function cgroupParent(text: string): string {
  if (!text.endsWith(":")) return text;
  throw cliError("USAGE", `--cgroup-parent ${text} wants systemd to make the group, which is not built`, {
    hint: "name the path of a control group, e.g. /system.slice/build",
  });
}

type Resources = NonNullable<BuildRequest["resources"]>;
type Mutable<Value> = { -readonly [Name in keyof Value]: Value[Name] };

/** `memory=64m`, `cpu-quota=50000`, … in the words of buildx; several may stand behind one option. */
function readResources(texts: readonly string[]): Resources {
  const memory: Mutable<NonNullable<Resources["memory"]>> = {};
  const cpu: Mutable<NonNullable<Resources["cpu"]>> = {};
  for (const [name, value] of texts.flatMap((text) => [...parseAttributes("--resource", text)]))
    switch (name) {
      case "memory":
        memory.limit = positive(name, size(`--resource ${name}`, value));
        break;
      case "memory-swap":
        memory.swap = value === "-1" ? -1 : positive(name, size(`--resource ${name}`, value));
        break;
      case "cpu-shares":
        cpu.shares = positive(name, Number(value));
        break;
      case "cpu-period":
        cpu.period = positive(name, Number(value));
        break;
      case "cpu-quota":
        cpu.quota = value === "-1" ? -1 : positive(name, Number(value));
        break;
      case "cpuset-cpus":
        cpu.cpus = list(name, value);
        break;
      case "cpuset-mems":
        cpu.mems = list(name, value);
        break;
      default:
        throw cliError("USAGE", `--resource ${name} is unknown`, { hint: `there are ${resourceNames}` });
    }
  if (memory.swap !== undefined && memory.swap !== -1 && memory.swap < (memory.limit ?? Infinity))
    throw cliError("USAGE", "--resource memory-swap is memory and swap together", {
      hint: "give a memory, and a memory-swap that is at least as large",
    });
  return {
    ...(Object.keys(memory).length === 0 ? {} : { memory }),
    ...(Object.keys(cpu).length === 0 ? {} : { cpu }),
  };
}

const resourceNames = "memory, memory-swap, cpu-shares, cpu-period, cpu-quota, cpuset-cpus and cpuset-mems";

function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw cliError("USAGE", `--resource ${name} is no whole number above 0`, { hint: "write digits" });
}

function list(name: string, text: string): string {
  if (/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) return text;
  throw cliError("USAGE", `--resource ${name}=${text} is no list of numbers`, {
    hint: `write "${name}=0-1,3" in quotes where it holds a comma`,
  });
}
