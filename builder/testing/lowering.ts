import assert from "node:assert/strict";
import {
  type ContainerConfig,
  type Digest,
  parseDigest,
  parseImageConfig,
  type Platform,
} from "@tsbuild/layers";
import type { TsbuildError } from "@tsbuild/runner-native";
import { parseDockerfile } from "../src/dockerfile/stages.ts";
import { lower } from "../src/graph/lower/lower.ts";
import type { LowerOptions } from "../src/graph/options.ts";
import type { BuildGraph, ResolvedBase, Step } from "../src/graph/step.ts";

export const linux: Platform = { os: "linux", architecture: "amd64" };
export const digest: Digest = parseDigest(`sha256:${"a".repeat(64)}`);

export function base(config: object = {}, more: object = {}): ResolvedBase {
  const document = {
    architecture: "amd64",
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: [digest] },
    history: [{ created: "2020-01-01T00:00:00Z", created_by: "base" }],
    ...more,
  };
  return {
    reference: "base",
    digest,
    manifest: { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 1 },
    config: parseImageConfig(Buffer.from(JSON.stringify(document)), "base").config,
  };
}

export interface Setting extends Partial<LowerOptions> {
  readonly bases?: Readonly<Record<string, ResolvedBase>>;
}

export function graphOf(text: string, { bases = {}, ...options }: Setting = {}): BuildGraph {
  const lowered = lower(
    parseDockerfile("Dockerfile", text),
    { buildPlatform: linux, ...options },
    (reference) => bases[reference] ?? base(),
  );
  assert.ok(lowered.kind === "graph");
  return lowered.graph;
}

export function names({ steps }: BuildGraph): readonly string[] {
  return steps.map(({ name }) => name);
}

export function only<Kind extends Step["kind"]>(
  graph: BuildGraph,
  kind: Kind,
): Extract<Step, { kind: Kind }> {
  const found = graph.steps.filter((step): step is Extract<Step, { kind: Kind }> => step.kind === kind);
  assert.equal(found.length, 1);
  const [step] = found;
  assert.ok(step !== undefined);
  return step;
}

export function history(graph: BuildGraph): readonly string[] {
  return graph.output.history.map(
    (entry) => `${entry.created_by}${entry.empty_layer === true ? " (empty)" : ""}`,
  );
}

export function config(graph: BuildGraph): ContainerConfig {
  return graph.output.config.config ?? {};
}

export function failure(text: string, setting: Setting = {}): TsbuildError {
  try {
    graphOf(text, setting);
  } catch (error) {
    return error as TsbuildError;
  }
  throw new Error("it lowers");
}

export const shown: string = `docker.io/library/b:latest@${digest}`;
