import type { ImageDocument } from "./image.ts";
import type { PeerName } from "./peers/peer.ts";

/** What image-spec and docker know of; buildah writes the fields of docker's containers, too. */
const fields = [
  "User",
  "ExposedPorts",
  "Env",
  "Entrypoint",
  "Cmd",
  "Volumes",
  "WorkingDir",
  "Labels",
  "StopSignal",
  "StopTimeout",
  "ArgsEscaped",
  "Healthcheck",
  "OnBuild",
  "Shell",
];

/** buildah signs its images with it. */
const buildahLabel = "io.buildah.version";

/** The config as fields that mean something: what is null is not there; and buildah writes what is empty. */
export function comparableConfig(document: ImageDocument, peer: PeerName): Readonly<Record<string, unknown>> {
  const { architecture, os, variant, author, config = {} } = document;
  const own = Object.fromEntries(fields.map((field) => [field, config[field]]));
  const labels = Object.entries((own["Labels"] ?? {}) as Record<string, string>);
  own["Labels"] = sorted(labels.filter(([name]) => name !== buildahLabel));
  for (const field of ["ExposedPorts", "Volumes"]) own[field] = sorted(Object.entries(own[field] ?? {}));
  const all = { architecture, os, variant, author, ...own };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => says(value, peer)));
}

function sorted(entries: readonly [string, unknown][]): object | undefined {
  return entries.length === 0
    ? undefined
    : Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function says(value: unknown, peer: PeerName): boolean {
  if (value === undefined || value === null || value === "" || value === false) return false;
  return !(peer === "buildah" && Array.isArray(value) && value.length === 0);
}
