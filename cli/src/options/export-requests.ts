import type { CompressionForm } from "@tsbuild/layers";
import { resolve } from "node:path";
import { type ExportRequest, type ExportTimes, parseBoolean } from "@tsbuild/builder";
import { cliError } from "../errors.ts";
import { type OutputOption, parseOutput } from "./build-options.ts";

interface OutputChoices {
  readonly outputs: readonly string[];
  /** Canonical names from `--tag`. */
  readonly names: readonly string[];
  readonly push: boolean;
  readonly load: boolean;
  readonly cwd: string;
  /** Whether standard output is a terminal. */
  readonly isOutTty: boolean;
  /** Makes a canonical reference of a name inside an output. */
  readonly canonical: (name: string) => string;
}

const imageAttributes = [
  "compression",
  "compression-level",
  "force-compression",
  "rewrite-timestamp",
  "source-date-epoch",
];

/** Attributes that each type of output understands; another one is an error that names it. */
const known: Readonly<Record<string, readonly string[]>> = {
  oci: ["dest", "tar", "name", ...imageAttributes],
  docker: ["dest", "name", ...imageAttributes],
  local: ["dest", "source-date-epoch"],
  tar: ["dest", "source-date-epoch"],
  bundle: ["dest"],
  image: ["name", "push", "registry.insecure", ...imageAttributes],
  registry: ["name", "registry.insecure", ...imageAttributes],
};

/**
 * What a build is to do with its image besides keeping it in the local store: every `--output`, `--push` and `--load`, in this
 * order.
 * @throws USAGE on a type, attribute or combination that does not exist.
 */
export function exportRequests(given: OutputChoices): ExportRequest[] {
  const { outputs, push, load, isOutTty, ...choices } = given;
  const requests = outputs.map((text) => requestOf(parseOutput(text), text, choices));
  checkStandardOutput(requests, isOutTty);
  if (push) requests.push({ kind: "image", names: pushable(choices.names, "--push"), push: true });
  if (load) requests.push({ kind: "load", names: choices.names });
  return requests;
}

function checkStandardOutput(requests: readonly ExportRequest[], isOutTty: boolean): void {
  const streams = requests.filter((request) => "destination" in request && request.destination === "-");
  if (streams.length > 1)
    throw cliError("USAGE", `${streams.length} outputs go to standard output`, {
      hint: "give all but one of them a dest=PATH",
    });
  if (streams.length > 0 && isOutTty)
    throw cliError("USAGE", "an archive is not written to a terminal", {
      hint: "add dest=PATH, or send standard output to a file",
    });
}

type RequestContext = Pick<OutputChoices, "names" | "cwd" | "canonical">;

function requestOf(output: OutputOption, text: string, context: RequestContext): ExportRequest {
  const { type, attributes } = output;
  checkAttributes(output, text);
  const names = namesOf(attributes, context);
  const compression = compressionOf(attributes, text);
  const times = timesOf(attributes, text);
  const shaped = { names, ...(compression ? { compression } : {}), ...(times ? { times } : {}) };
  switch (type) {
    case "oci": {
      const form = isArchive(attributes) ? "archive" : "directory";
      return { kind: "oci", destination: destination(output, text, context), form, ...shaped };
    }
    case "docker":
      if (!attributes.has("dest")) return { kind: "load", names };
      return { kind: "docker", destination: destination(output, text, context), ...shaped };
    case "local":
    case "tar":
      return {
        kind: type,
        destination: destination(output, text, context),
        ...(times ? { times } : {}),
      };
    case "bundle":
      return { kind: type, destination: destination(output, text, context) };
    case "image":
    case "registry": {
      const push = type === "registry" || isTrue(attributes.get("push") ?? "false");
      const insecure = isTrue(attributes.get("registry.insecure") ?? "false");
      return {
        kind: "image",
        push,
        insecure,
        ...shaped,
        names: push ? pushable(names, `--output ${text}`) : names,
      };
    }
    default:
      throw unknownType(type);
  }
}

function checkAttributes({ type, attributes }: OutputOption, text: string): void {
  const allowed = Object.hasOwn(known, type) ? known[type] : undefined;
  if (!allowed) throw unknownType(type);
  for (const key of attributes.keys())
    if (!allowed.includes(key))
      throw cliError("USAGE", `--output ${text}: type=${type} knows no ${key}`, {
        hint: `it knows ${allowed.join(", ")}`,
      });
}

function unknownType(type: string): Error {
  return cliError("USAGE", `there is no output type ${JSON.stringify(type)}`, {
    hint: `there are ${Object.keys(known).join(", ")}`,
  });
}

function isArchive(attributes: ReadonlyMap<string, string>): boolean {
  return isTrue(attributes.get("tar") ?? "true");
}

function namesOf(
  attributes: ReadonlyMap<string, string>,
  { names, canonical }: RequestContext,
): readonly string[] {
  const own = attributes.get("name");
  return own === undefined ? names : own.split(",").map(canonical);
}

function destination({ type, attributes }: OutputOption, text: string, { cwd }: RequestContext): string {
  const isStream = type === "docker" || type === "tar" || (type === "oci" && isArchive(attributes));
  const path = attributes.get("dest") ?? (isStream ? "-" : undefined);
  if (path === "-" && isStream) return "-";
  if (path === undefined || path === "" || path === "-")
    throw cliError("USAGE", `--output ${text} needs a destination`, { hint: `write type=${type},dest=PATH` });
  return resolve(cwd, path);
}

function compressionOf(attributes: ReadonlyMap<string, string>, text: string): CompressionForm | undefined {
  const algorithm = attributes.get("compression");
  if (algorithm === undefined) return undefined;
  if (algorithm !== "gzip" && algorithm !== "zstd" && algorithm !== "uncompressed")
    throw cliError("USAGE", `--output ${text}: there is no compression ${JSON.stringify(algorithm)}`, {
      hint: "there are gzip, zstd, uncompressed",
    });
  const level = attributes.get("compression-level");
  const highest = algorithm === "zstd" ? 22 : 9;
  if (level !== undefined && !(/^\d+$/.test(level) && Number(level) <= highest))
    throw cliError("USAGE", `--output ${text}: the level ${level} is not between 0 and ${highest}`, {});
  return {
    algorithm,
    ...(level === undefined ? {} : { level: Number(level) }),
    ...(isTrue(attributes.get("force-compression") ?? "false") ? { force: true } : {}),
  };
}

/** `rewrite-timestamp=true`, `source-date-epoch=SECONDS`; an empty epoch takes that of the build back. */
function timesOf(attributes: ReadonlyMap<string, string>, text: string): ExportTimes | undefined {
  const epoch = attributes.get("source-date-epoch");
  const rewrite = attributes.get("rewrite-timestamp");
  if (epoch === undefined && rewrite === undefined) return undefined;
  if (epoch !== undefined && !/^(?:[+-]?\d{1,15})?$/.test(epoch))
    throw cliError("USAGE", `--output ${text}: the epoch ${JSON.stringify(epoch)} is no number of seconds`, {
      hint: "write seconds since 1970, or nothing for no epoch",
    });
  return {
    ...(epoch === undefined ? {} : { epoch: epoch === "" ? ("none" as const) : Number(epoch) }),
    ...(rewrite === undefined ? {} : { rewrite: isTrue(rewrite) }),
  };
}

function pushable(names: readonly string[], option: string): readonly string[] {
  if (names.length > 0) return names;
  throw cliError("USAGE", `${option} has no name to push to`, { hint: "add --tag REGISTRY/NAME:TAG" });
}

function isTrue(text: string): boolean {
  return parseBoolean(text) === true;
}
