import type { ContainerConfig, HealthConfig, Platform } from "@tsbuild/layers";
import type { OutputConfig } from "../graph/step.ts";

/** What an image says of itself, while a build changes it: every field is there, "" and empty lists say nothing. */
export interface ImageDraft {
  architecture: string;
  os: string;
  variant: string;
  osVersion: string;
  osFeatures: readonly string[];
  author: string;
  user: string;
  exposedPorts: Set<string>;
  /** `NAME=value`, in order: changed by `setImageVariable` alone. */
  env: string[];
  /** Where each name stands in `env`, the first when there are several; made when it is first needed. */
  envPositions: Map<string, number> | undefined;
  entrypoint: readonly string[];
  cmd: readonly string[];
  volumes: Set<string>;
  workingDir: string;
  labels: Map<string, string>;
  stopSignal: string;
  argsEscaped: boolean;
  healthcheck: HealthConfig | undefined;
  onBuild: string[];
  shell: readonly string[];
}

/** Sets a variable of the image where it stands, else at the end. */
export function setImageVariable(image: ImageDraft, name: string, value: string): void {
  image.envPositions ??= new Map(
    image.env.map((entry, index) => [variableName(entry), index] as const).toReversed(),
  );
  const known = image.envPositions.get(name);
  if (known !== undefined) image.env[known] = `${name}=${value}`;
  else image.envPositions.set(name, image.env.push(`${name}=${value}`) - 1);
}

/** The name in `NAME=value`; a base image may hold entries without a value. */
export function variableName(entry: string): string {
  const equals = entry.indexOf("=");
  return equals < 0 ? entry : entry.slice(0, equals);
}

export const defaultPath: string = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The image that `FROM scratch` starts from. */
export function emptyDraft(platform: Platform): ImageDraft {
  const config = { ...(platform.os !== "windows" && { Env: [`PATH=${defaultPath}`] }), WorkingDir: "/" };
  return draftOf({ ...platform, config });
}

/** A copy that can be changed alone. */
export function copyDraft(draft: ImageDraft): ImageDraft {
  return {
    ...draft,
    exposedPorts: new Set(draft.exposedPorts),
    env: [...draft.env],
    envPositions: undefined,
    volumes: new Set(draft.volumes),
    labels: new Map(draft.labels),
  };
}

/** What a base image says; fields that BuildKit does not know are gone since its config was parsed. */
export function draftOf({ config = {}, ...image }: OutputConfig): ImageDraft {
  return {
    architecture: image.architecture,
    os: image.os,
    variant: image.variant ?? "",
    osVersion: image["os.version"] ?? "",
    osFeatures: image["os.features"] ?? [],
    author: image.author ?? "",
    user: config.User ?? "",
    exposedPorts: new Set(Object.keys(config.ExposedPorts ?? {})),
    env: [...(config.Env ?? [])],
    envPositions: undefined,
    entrypoint: config.Entrypoint ?? [],
    cmd: config.Cmd ?? [],
    volumes: new Set(Object.keys(config.Volumes ?? {})),
    workingDir: config.WorkingDir ?? "",
    labels: new Map(Object.entries(config.Labels ?? {})),
    stopSignal: config.StopSignal ?? "",
    argsEscaped: config.ArgsEscaped ?? false,
    healthcheck: config.Healthcheck,
    onBuild: [...(config.OnBuild ?? [])],
    shell: config.Shell ?? [],
  };
}

/** The other way: what of the draft is said in the config on disk. What says nothing is left out. */
export function configOf(draft: ImageDraft): OutputConfig {
  return {
    architecture: draft.architecture,
    ...(draft.author !== "" && { author: draft.author }),
    config: containerConfigOf(draft),
    os: draft.os,
    ...(draft.osFeatures.length > 0 && { "os.features": draft.osFeatures }),
    ...(draft.osVersion !== "" && { "os.version": draft.osVersion }),
    ...(draft.variant !== "" && { variant: draft.variant }),
  };
}

function containerConfigOf(draft: ImageDraft): ContainerConfig {
  return {
    ...(draft.user !== "" && { User: draft.user }),
    ...(draft.exposedPorts.size > 0 && { ExposedPorts: keySet(draft.exposedPorts) }),
    ...(draft.env.length > 0 && { Env: draft.env }),
    ...(draft.entrypoint.length > 0 && { Entrypoint: draft.entrypoint }),
    ...(draft.cmd.length > 0 && { Cmd: draft.cmd }),
    ...(draft.volumes.size > 0 && { Volumes: keySet(draft.volumes) }),
    ...(draft.workingDir !== "" && { WorkingDir: draft.workingDir }),
    ...(draft.labels.size > 0 && { Labels: Object.fromEntries(draft.labels) }),
    ...(draft.stopSignal !== "" && { StopSignal: draft.stopSignal }),
    ...(draft.argsEscaped && { ArgsEscaped: true }),
    ...(draft.healthcheck && { Healthcheck: draft.healthcheck }),
    ...(draft.onBuild.length > 0 && { OnBuild: draft.onBuild }),
    ...(draft.shell.length > 0 && { Shell: draft.shell }),
  };
}

function keySet(names: ReadonlySet<string>): Readonly<Record<string, Record<string, never>>> {
  return Object.fromEntries([...names].map((name) => [name, {}]));
}
