import { type Digest, isDigest } from "../digest.ts";
import { layersError } from "../errors.ts";
import { type Fields, type Refuse, readFields } from "./fields.ts";
import { goJson, sortKeys } from "./go-json.ts";
import { type JsonObject, parseJsonObject } from "./json.ts";
import { maxConfigBytes, maxHistory, maxLayers } from "./limits.ts";

/** Docker's health check; durations are nanoseconds. */
export interface HealthConfig {
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

/** image-spec config.md "config", with docker's Healthcheck, OnBuild and Shell. */
export interface ContainerConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: Readonly<Record<string, Record<string, never>>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  readonly ArgsEscaped?: boolean;
  readonly Healthcheck?: HealthConfig;
  readonly OnBuild?: readonly string[];
  readonly Shell?: readonly string[];
}

/** image-spec config.md "history". */
export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/** image-spec config.md. */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly "os.features"?: readonly string[];
  readonly created?: string;
  readonly author?: string;
  readonly config?: ContainerConfig;
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly HistoryEntry[];
}

/** A parsed config, with all that was in the document: what we do not know of is only there. */
export interface ParsedConfig {
  readonly config: ImageConfig;
  readonly raw: JsonObject;
}

const rootFields = [
  "architecture",
  "os",
  "variant",
  "os.version",
  "os.features",
  "created",
  "author",
  "config",
  "rootfs",
  "history",
] as const;

/** Reads the config of an image. @throws JSON_INVALID, MANIFEST_INVALID */
export function parseImageConfig(bytes: Uint8Array, what: string): ParsedConfig {
  const refuse: Refuse = (problem) =>
    layersError("MANIFEST_INVALID", `the config of ${what} is not valid: ${problem}`);
  const raw = parseJsonObject(bytes, { what: `the config of ${what}`, maxBytes: maxConfigBytes });
  const fields = readFields(raw, "", { known: rootFields, refuse });
  const container = fields.object("config");
  const history = fields.objects("history", maxHistory);
  const config = definedOnly({
    architecture: fields.string("architecture") ?? "",
    os: fields.string("os") ?? "",
    variant: fields.string("variant") || undefined,
    "os.version": fields.string("os.version") || undefined,
    "os.features": fields.strings("os.features"),
    created: fields.string("created"),
    author: fields.string("author"),
    config: container && parseContainerConfig(container, refuse),
    rootfs: { type: "layers" as const, diff_ids: parseDiffIds(fields, refuse) },
    history: history?.map((entry, index) => parseHistory(entry, `history[${index}]`, refuse)),
  });
  return { config, raw };
}

function parseDiffIds(fields: Fields, refuse: Refuse): Digest[] {
  const rootfs = readFields(fields.object("rootfs"), "rootfs", { known: ["type", "diff_ids"], refuse });
  const type = rootfs.string("type");
  if (type !== "layers") throw refuse(`rootfs.type is ${JSON.stringify(type)} instead of "layers"`);
  const ids = rootfs.strings("diff_ids") ?? [];
  if (ids.length > maxLayers) throw refuse(`it has more than ${maxLayers} layers`);
  return ids.map((id) => {
    if (!isDigest(id))
      throw refuse(`${JSON.stringify(id.slice(0, 100))} in rootfs.diff_ids is no sha256 digest`);
    return id;
  });
}

const containerFields = [
  "User",
  "ExposedPorts",
  "Env",
  "Entrypoint",
  "Cmd",
  "Volumes",
  "WorkingDir",
  "Labels",
  "StopSignal",
  "ArgsEscaped",
  "Healthcheck",
  "OnBuild",
  "Shell",
] as const;

function parseContainerConfig(value: JsonObject, refuse: Refuse): ContainerConfig {
  const fields = readFields(value, "config", { known: containerFields, refuse });
  const health = fields.object("Healthcheck");
  return definedOnly({
    User: fields.string("User"),
    ExposedPorts: fields.keySet("ExposedPorts"),
    Env: fields.strings("Env"),
    Entrypoint: fields.strings("Entrypoint"),
    Cmd: fields.strings("Cmd"),
    Volumes: fields.keySet("Volumes"),
    WorkingDir: fields.string("WorkingDir"),
    Labels: fields.stringMap("Labels"),
    StopSignal: fields.string("StopSignal"),
    ArgsEscaped: fields.boolean("ArgsEscaped"),
    Healthcheck: health && parseHealth(health, refuse),
    OnBuild: fields.strings("OnBuild"),
    Shell: fields.strings("Shell"),
  });
}

const healthFields = ["Test", "Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"] as const;

function parseHealth(value: JsonObject, refuse: Refuse): HealthConfig {
  const fields = readFields(value, "config.Healthcheck", { known: healthFields, refuse });
  return definedOnly({
    Test: fields.strings("Test"),
    Interval: fields.integer("Interval"),
    Timeout: fields.integer("Timeout"),
    StartPeriod: fields.integer("StartPeriod"),
    StartInterval: fields.integer("StartInterval"),
    Retries: fields.integer("Retries"),
  });
}

const historyFields = ["created", "created_by", "author", "comment", "empty_layer"] as const;

function parseHistory(value: JsonObject, path: string, refuse: Refuse): HistoryEntry {
  const fields = readFields(value, path, { known: historyFields, refuse });
  return definedOnly({
    created: fields.string("created") || undefined,
    created_by: fields.string("created_by"),
    author: fields.string("author"),
    comment: fields.string("comment"),
    empty_layer: fields.boolean("empty_layer"),
  });
}

/**
 * The bytes of a config, field for field as BuildKit writes it: the outer keys sorted (it goes through a map), the inner ones in
 * the order of Go's structs, empty values left out.
 */
export function writeImageConfig(image: ImageConfig): Buffer {
  const { config = {}, history } = image;
  return Buffer.from(
    goJson({
      architecture: image.architecture,
      author: image.author || undefined,
      config: orderedContainer(config),
      created: image.created,
      history: history?.map(orderedHistory),
      os: image.os,
      "os.features": filled(image["os.features"]),
      "os.version": image["os.version"] || undefined,
      rootfs: { type: "layers", diff_ids: image.rootfs.diff_ids },
      variant: image.variant || undefined,
    }),
  );
}

function orderedContainer(config: ContainerConfig): Record<string, unknown> {
  const { Healthcheck: health } = config;
  return {
    User: config.User || undefined,
    ExposedPorts: sortKeys(config.ExposedPorts),
    Env: filled(config.Env),
    Entrypoint: filled(config.Entrypoint),
    Cmd: filled(config.Cmd),
    Volumes: sortKeys(config.Volumes),
    WorkingDir: config.WorkingDir || undefined,
    Labels: sortKeys(config.Labels),
    StopSignal: config.StopSignal || undefined,
    ArgsEscaped: config.ArgsEscaped || undefined,
    Healthcheck: health && {
      Test: filled(health.Test),
      Interval: health.Interval || undefined,
      Timeout: health.Timeout || undefined,
      StartPeriod: health.StartPeriod || undefined,
      StartInterval: health.StartInterval || undefined,
      Retries: health.Retries || undefined,
    },
    OnBuild: filled(config.OnBuild),
    Shell: filled(config.Shell),
  };
}

function orderedHistory(entry: HistoryEntry): Record<string, unknown> {
  return {
    created: entry.created,
    created_by: entry.created_by || undefined,
    author: entry.author || undefined,
    comment: entry.comment || undefined,
    empty_layer: entry.empty_layer || undefined,
  };
}

/** Go's omitempty: an empty list is left out. */
function filled(list: readonly string[] | undefined): readonly string[] | undefined {
  return list && list.length > 0 ? list : undefined;
}

type Defined<Type> = { [Key in keyof Type as undefined extends Type[Key] ? never : Key]: Type[Key] } & {
  [Key in keyof Type as undefined extends Type[Key] ? Key : never]?: Exclude<Type[Key], undefined>;
};

function definedOnly<Type extends object>(fields: Type): Defined<Type> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, field]) => field !== undefined),
  ) as Defined<Type>;
}
