import { cliError } from "../errors.ts";

/** The options of `tsbuild build`, with docker buildx's names. */
export const buildOptions = {
  tag: { kind: "list", short: "t", value: "NAME[:TAG]", help: "name of the image in the local store" },
  file: {
    kind: "value",
    short: "f",
    value: "PATH",
    help: "Dockerfile (default: CONTEXT/Dockerfile; - reads stdin)",
  },
  "context-sub-path": {
    kind: "value",
    value: "DIR",
    help: "directory of the context that is copied from (default: all of it)",
  },
  target: { kind: "value", value: "STAGE", help: "stage to build (default: the last)" },
  "build-arg": {
    kind: "list",
    value: "NAME[=VALUE]",
    help: "value of an ARG; without =VALUE from the environment",
  },
  platform: { kind: "value", value: "OS/ARCH", help: "platform to build for" },
  label: { kind: "list", value: "NAME=VALUE", help: "label of the image" },
  output: {
    kind: "list",
    short: "o",
    value: "type=TYPE[,dest=PATH]",
    help: "oci, docker, local, tar, image, bundle; a bare path is local, - is tar on stdout",
  },
  push: { kind: "flag", help: "push the image; short for --output type=image,push=true" },
  load: { kind: "flag", help: "load the image into docker or podman" },
  "no-cache": { kind: "flag", help: "run every step again" },
  "no-cache-filter": { kind: "list", value: "STAGE[,STAGE]", help: "run the steps of these stages again" },
  pull: {
    kind: "value",
    bare: "always",
    value: "always|missing|never",
    help: "when to ask the registry for base images (default: missing)",
  },
  network: {
    kind: "value",
    value: "default|host|none",
    help: "network of RUN steps (default: the host's; host also allows RUN --network=host)",
  },
  allow: {
    kind: "list",
    value: "network.host|security.insecure|device[=NAME]",
    help: "what RUN steps may ask for besides their sandbox",
  },
  "cdi-spec-dir": {
    kind: "list",
    value: "DIR",
    help: "where devices for RUN --device are described (default: /etc/cdi and /var/run/cdi)",
  },
  "add-host": { kind: "list", value: "HOST:IP", help: "extra line in the /etc/hosts of RUN steps" },
  hostname: { kind: "value", value: "NAME", help: "host name of RUN steps (default: buildkitsandbox)" },
  "shm-size": { kind: "value", value: "BYTES[k|m|g]", help: "size of /dev/shm in RUN steps (default: 64m)" },
  ulimit: { kind: "list", value: "NAME=SOFT[:HARD]", help: "resource limit of RUN steps, e.g. nofile=1024" },
  resource: {
    kind: "list",
    value: "NAME=VALUE",
    help: "what a RUN step may use: memory, memory-swap, cpu-shares, cpu-period, cpu-quota, cpuset-cpus, cpuset-mems",
  },
  "cgroup-parent": { kind: "value", value: "PATH", help: "control group that holds those of RUN steps" },
  "build-context": {
    kind: "list",
    value: "NAME=SOURCE",
    help: "named context: a directory, docker-image://REF, oci-layout://DIR[:TAG], a URL, a git repository",
  },
  secret: { kind: "list", value: "id=ID[,src=PATH|,env=NAME]", help: "secret for RUN --mount=type=secret" },
  ssh: {
    kind: "list",
    value: "default|ID[=SOCKET|KEY[,KEY]]",
    help: "agent or keys for RUN --mount=type=ssh (default: the agent of $SSH_AUTH_SOCK)",
  },
  jobs: { kind: "value", value: "N", help: "RUN steps at a time (default: no limit)" },
  reproducible: {
    kind: "flag",
    help: "same inputs, same digest: times are set to SOURCE_DATE_EPOCH (default 0)",
  },
  iidfile: { kind: "value", value: "PATH", help: "write the image ID to a file" },
  "metadata-file": { kind: "value", value: "PATH", help: "write digests and names as JSON" },
  progress: {
    kind: "value",
    value: "auto|tty|plain|quiet|rawjson",
    help: "how to show progress (default: auto)",
  },
  quiet: { kind: "flag", short: "q", help: "print the image ID only" },
  call: {
    kind: "value",
    value: "check|outline|targets[,format=json]",
    help: "answer a question about the Dockerfile instead of building it",
  },
  check: { kind: "flag", help: "check the Dockerfile; short for --call check" },
  print: { kind: "value", value: "graph|dockerfile", help: "print what would be built, and build nothing" },
  debug: { kind: "flag", short: "D", help: "show warnings with their page and lines" },
  runtime: { kind: "value", value: "helper|runc|crun", help: "what runs RUN steps (default: helper)" },
  snapshotter: {
    kind: "value",
    value: "overlay|copy",
    help: "how layers become trees (default: by a probe of the store)",
  },
} as const;

/** Options of docker buildx and buildah that people will try and that a later version brings: refused by name. */
export const laterOptions: readonly string[] = [
  "annotation",
  "attest",
  "builder",
  "cache-from",
  "cache-to",
  "device",
  "policy",
  "provenance",
  "sbom",
  "squash",
  "memory",
  "isolation",
];

/** One `--output`: its type and the other attributes. */
export interface OutputOption {
  readonly type: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * Reads `type=oci,dest=out.tar` as buildx does: CSV, quotes around fields that hold commas; a bare path is
 * `type=local,dest=PATH`, and `-` a tar on standard output.
 */
export function parseOutput(text: string): OutputOption {
  if (!text.includes("=")) {
    const type = text === "-" ? "tar" : "local";
    return { type, attributes: new Map([["dest", text]]) };
  }
  const attributes = parseAttributes("--output", text);
  const type = attributes.get("type");
  if (type === undefined)
    throw cliError("USAGE", `--output ${text} names no type`, {
      hint: "write --output type=oci,dest=image.tar",
    });
  attributes.delete("type");
  return { type, attributes };
}

/** `key=value` fields separated by commas; a bare key stands for `key=true`. */
export function parseAttributes(option: string, text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const field of splitCsv(option, text)) {
    const equals = field.indexOf("=");
    const key = (equals < 0 ? field : field.slice(0, equals)).trim().toLowerCase();
    if (key === "")
      throw cliError("USAGE", `${option} ${text} has an empty field`, { hint: "write key=value,key=value" });
    attributes.set(key, equals < 0 ? "true" : field.slice(equals + 1));
  }
  return attributes;
}

/** One CSV record (RFC 4180): a field may be quoted as a whole, a quote inside is doubled. */
function splitCsv(option: string, text: string): string[] {
  const fields: string[] = [];
  let at = 0;
  while (at <= text.length) {
    if (text[at] === '"') {
      let field = "";
      for (at++; ; at++) {
        if (at >= text.length)
          throw cliError("USAGE", `${option} ${text} has an open quote`, { hint: 'close it with "' });
        if (text[at] !== '"') field += text[at];
        else if (text[at + 1] === '"') field += text[at++];
        else break;
      }
      fields.push(field);
      at += 2;
    } else {
      const comma = text.indexOf(",", at);
      const end = comma < 0 ? text.length : comma;
      fields.push(text.slice(at, end));
      at = end + 1;
    }
  }
  return fields;
}

/** `NAME=VALUE` pairs; a bare name takes its value from the environment, and is left out where that has none. */
export function parsePairs(
  option: string,
  pairs: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const result: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (name === "")
      throw cliError("USAGE", `${option} ${pair} has no name`, { hint: `write ${option} NAME=VALUE` });
    const value = equals < 0 ? env[name] : pair.slice(equals + 1);
    if (value !== undefined) result[name] = value;
  }
  return result;
}
