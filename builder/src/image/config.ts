import type { Platform } from "@tsbuild/layers";
import { builderError } from "../errors.ts";
import type { HistoryEntry } from "../graph/step.ts";

/** What an image says of itself, while a build changes it. Only the fields that BuildKit knows survive. */
export interface ImageConfig {
  architecture: string;
  os: string;
  variant: string;
  osVersion: string;
  osFeatures: readonly string[];
  author: string;
  user: string;
  exposedPorts: Set<string>;
  /** `NAME=value`, in order. */
  env: string[];
  entrypoint: readonly string[];
  cmd: readonly string[];
  volumes: Set<string>;
  workingDir: string;
  labels: Map<string, string>;
  stopSignal: string;
  argsEscaped: boolean;
  healthcheck: HealthcheckConfig | undefined;
  onBuild: string[];
  shell: readonly string[];
}

/** docker's `HealthConfig`; durations are nanoseconds. */
export interface HealthcheckConfig {
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

export const defaultPath: string = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The image that `FROM scratch` starts from. */
export function emptyImage(platform: Platform): ImageConfig {
  return {
    architecture: platform.architecture,
    os: platform.os,
    variant: platform.variant ?? "",
    osVersion: platform["os.version"] ?? "",
    osFeatures: platform["os.features"] ?? [],
    author: "",
    user: "",
    exposedPorts: new Set(),
    env: [`PATH=${defaultPath}`],
    entrypoint: [],
    cmd: [],
    volumes: new Set(),
    workingDir: "/",
    labels: new Map(),
    stopSignal: "",
    argsEscaped: false,
    healthcheck: undefined,
    onBuild: [],
    shell: [],
  };
}

/** A copy that can be changed alone. */
export function copyImage(image: ImageConfig): ImageConfig {
  return {
    ...image,
    exposedPorts: new Set(image.exposedPorts),
    env: [...image.env],
    volumes: new Set(image.volumes),
    labels: new Map(image.labels),
  };
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the config of a base image; fields that BuildKit does not know are dropped, at both levels.
 * @throws BASE_INVALID when a field has the wrong type.
 */
export function readImageConfig(json: Json, name: string): ImageConfig {
  const read = reader(json, name);
  const inner = reader(read.object("config"), name);
  return {
    architecture: read.text("architecture"),
    os: read.text("os"),
    variant: read.text("variant"),
    osVersion: read.text("os.version"),
    osFeatures: read.texts("os.features"),
    author: read.text("author"),
    user: inner.text("User"),
    exposedPorts: new Set(Object.keys(inner.object("ExposedPorts"))),
    env: [...inner.texts("Env")],
    entrypoint: inner.texts("Entrypoint"),
    cmd: inner.texts("Cmd"),
    volumes: new Set(Object.keys(inner.object("Volumes"))),
    workingDir: inner.text("WorkingDir"),
    labels: new Map(Object.entries(inner.object("Labels")).map(([key, value]) => [key, String(value)])),
    stopSignal: inner.text("StopSignal"),
    argsEscaped: inner.json["ArgsEscaped"] === true,
    healthcheck: readHealthcheck(inner.json["Healthcheck"], name),
    onBuild: [...inner.texts("OnBuild")],
    shell: inner.texts("Shell"),
  };
}

function readHealthcheck(value: unknown, name: string): HealthcheckConfig | undefined {
  if (value === undefined || value === null) return undefined;
  const read = reader(reader({ value }, name).object("value"), name);
  return healthcheckConfig({
    test: read.texts("Test"),
    interval: read.number("Interval"),
    timeout: read.number("Timeout"),
    startPeriod: read.number("StartPeriod"),
    startInterval: read.number("StartInterval"),
    retries: read.number("Retries"),
  });
}

/** The stored form of a health check: empty fields are left out. */
export function healthcheckConfig(health: {
  readonly test: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly startInterval: number;
  readonly retries: number;
}): HealthcheckConfig {
  return {
    ...(health.test.length === 0 ? {} : { Test: health.test }),
    ...(health.interval === 0 ? {} : { Interval: health.interval }),
    ...(health.timeout === 0 ? {} : { Timeout: health.timeout }),
    ...(health.startPeriod === 0 ? {} : { StartPeriod: health.startPeriod }),
    ...(health.startInterval === 0 ? {} : { StartInterval: health.startInterval }),
    ...(health.retries === 0 ? {} : { Retries: health.retries }),
  };
}

/** The history of a base image as it is stored, and how many of its layers it has no entry for. */
export function readBaseHistory(
  json: Json,
  name: string,
): { readonly history: readonly HistoryEntry[]; readonly layers: number } {
  const read = reader(json, name);
  const history = read.list("history").map((entry) => {
    const from = reader(reader({ entry }, name).object("entry"), name);
    return {
      ...textField("created", from.text("created")),
      ...textField("created_by", from.text("created_by")),
      ...textField("author", from.text("author")),
      ...textField("comment", from.text("comment")),
      ...(from.json["empty_layer"] === true ? { empty_layer: true } : {}),
    };
  });
  return { history, layers: reader(read.object("rootfs"), name).list("diff_ids").length };
}

function textField<Name extends string>(name: Name, text: string): { readonly [Key in Name]?: string } {
  return (text === "" ? {} : { [name]: text }) as { readonly [Key in Name]?: string };
}

interface Reader {
  readonly json: Json;
  text(key: string): string;
  texts(key: string): readonly string[];
  list(key: string): readonly unknown[];
  number(key: string): number;
  object(key: string): Json;
}

/** Reads fields as Go's decoder does: missing and null are the zero value, a wrong type is an error. */
function reader(json: Json, name: string): Reader {
  const wrong = (key: string, wanted: string): Error =>
    builderError("BASE_INVALID", `the config of ${name} has a ${key} that is no ${wanted}`, {
      hint: "build or pull the base image again",
    });
  const list = (key: string): readonly unknown[] => {
    const value = json[key] ?? [];
    if (!Array.isArray(value)) throw wrong(key, "list");
    return value;
  };
  return {
    json,
    list,
    text: (key) => {
      const value = json[key] ?? "";
      if (typeof value !== "string") throw wrong(key, "text");
      return value;
    },
    texts: (key) =>
      list(key).map((item) => {
        if (typeof item !== "string") throw wrong(key, "list of texts");
        return item;
      }),
    number: (key) => {
      const value = json[key] ?? 0;
      if (typeof value !== "number") throw wrong(key, "number");
      return value;
    },
    object: (key) => {
      const value = json[key] ?? {};
      if (typeof value !== "object" || Array.isArray(value)) throw wrong(key, "object");
      return value as Json;
    },
  };
}

/** The config as JSON without `created`, `history` and `rootfs`, its keys in the order BuildKit writes. */
export function imageConfigJson(image: ImageConfig): Json {
  return {
    architecture: image.architecture,
    ...(image.author === "" ? {} : { author: image.author }),
    config: innerConfigJson(image),
    os: image.os,
    ...(image.osFeatures.length === 0 ? {} : { "os.features": image.osFeatures }),
    ...(image.osVersion === "" ? {} : { "os.version": image.osVersion }),
    ...(image.variant === "" ? {} : { variant: image.variant }),
  };
}

function innerConfigJson(image: ImageConfig): Json {
  return {
    ...(image.user === "" ? {} : { User: image.user }),
    ...(image.exposedPorts.size === 0 ? {} : { ExposedPorts: emptyObjects(image.exposedPorts) }),
    ...(image.env.length === 0 ? {} : { Env: image.env }),
    ...(image.entrypoint.length === 0 ? {} : { Entrypoint: image.entrypoint }),
    ...(image.cmd.length === 0 ? {} : { Cmd: image.cmd }),
    ...(image.volumes.size === 0 ? {} : { Volumes: emptyObjects(image.volumes) }),
    ...(image.workingDir === "" ? {} : { WorkingDir: image.workingDir }),
    ...(image.labels.size === 0 ? {} : { Labels: Object.fromEntries([...image.labels].toSorted(byKey)) }),
    ...(image.stopSignal === "" ? {} : { StopSignal: image.stopSignal }),
    ...(image.argsEscaped ? { ArgsEscaped: true } : {}),
    ...(image.healthcheck === undefined ? {} : { Healthcheck: image.healthcheck }),
    ...(image.onBuild.length === 0 ? {} : { OnBuild: image.onBuild }),
    ...(image.shell.length === 0 ? {} : { Shell: image.shell }),
  };
}

function emptyObjects(names: ReadonlySet<string>): Json {
  return Object.fromEntries([...names].toSorted(byBytes).map((name) => [name, {}]));
}

function byKey([left]: readonly [string, string], [right]: readonly [string, string]): number {
  return byBytes(left, right);
}

/** The order of Go's sorted map keys. */
export function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
