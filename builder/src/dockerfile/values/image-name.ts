import {
  canonicalForm,
  familiarForm,
  normaliseReference,
  type ReferenceProblem,
  splitReferenceDomain,
  withDefaultTag,
} from "@tsbuild/layers";
import { Problem } from "../problem.ts";

/** An image name with docker's defaults filled in. */
export interface ImageName {
  /** `docker.io/library/busybox:latest`, with `@sha256:…` when it was given. */
  readonly full: string;
  /** As a user would write it, `:latest` left out. */
  readonly familiar: string;
}

/**
 * Reads an image name as docker does.
 * @throws Problem with BuildKit's sentence, "invalid reference format …"
 */
export function parseImageName(text: string): ImageName {
  const found = normaliseReference(text);
  if (typeof found === "string") throw new Problem(sentenceOf(found, text));
  return {
    full: canonicalForm(withDefaultTag(found)),
    familiar: familiarForm(found.tag === "latest" ? { ...found, tag: undefined } : found),
  };
}

function sentenceOf(problem: ReferenceProblem, text: string): string {
  switch (problem) {
    case "uppercase":
      return `invalid reference format: repository name (${repositoryOf(text)}) must be lowercase`;
    case "identifier":
      return `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`;
    case "name-too-long":
      return "repository name must not be more than 255 characters";
    case "digest-unsupported":
      return "unsupported digest algorithm";
    case "digest-length":
      return "invalid checksum digest length";
    case "digest-format":
      return "invalid checksum digest format";
    case "empty":
    case "format":
      return "invalid reference format";
  }
}

function repositoryOf(text: string): string {
  return splitReferenceDomain(text).remainder.split(":", 1)[0] ?? "";
}
