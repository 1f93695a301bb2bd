import { type Digest, isDigest } from "../digest.ts";
import { layersError } from "../errors.ts";
import { isIdentifier, type ReferenceProblem, scanReference } from "./grammar.ts";

/** The name of an image with its registry filled in; only parsers of this file make one. */
export interface Reference {
  /** `docker.io`, `localhost:5000`; empty for the few names that look like one but are none (`a_b.c/d`). */
  readonly domain: string;
  /** `library/busybox`. */
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

const defaultDomain = "docker.io";
/** An old name of docker.io that is still in use. */
const legacyDomain = "index.docker.io";
const officialPrefix = "library/";
const defaultTag = "latest";

/** What a user or a Dockerfile wrote, as docker understands it. @throws REFERENCE_INVALID */
export function parseReference(text: string): Reference {
  const found = normalise(text);
  if (typeof found === "string") throw invalid(text, found);
  return found;
}

/** As parseReference, or the problem. */
export function normalise(text: string): Reference | ReferenceProblem {
  if (isIdentifier(text)) return "identifier";
  const { domain, remainder } = splitDomain(text);
  const name = remainder.split(":", 1)[0] ?? "";
  if (name.toLowerCase() !== name) return "uppercase";
  const parts = scanReference(`${domain}/${remainder}`);
  if (typeof parts === "string") return parts;
  return {
    domain: parts.domain,
    path: parts.path,
    tag: parts.tag === "" ? undefined : parts.tag,
    digest: isDigest(parts.digest) ? parts.digest : undefined,
  };
}

/** An image as a command's argument: the ID of a local image (64 hex digits, or sha256: and these), else a name. */
export function parseImageArgument(
  text: string,
): { readonly kind: "id"; readonly id: Digest } | { readonly kind: "name"; readonly reference: Reference } {
  const id = text.startsWith("sha256:") ? text : `sha256:${text}`;
  return isDigest(id) ? { kind: "id", id } : { kind: "name", reference: parseReference(text) };
}

/** `docker.io/library/app:1.0@sha256:…`: everything written out. */
export function canonicalForm(reference: Reference): string {
  return repositoryName(reference) + suffix(reference);
}

/** `docker.io/library/app`: without tag and digest. */
export function repositoryName({ domain, path }: Reference): string {
  return domain === "" ? path : `${domain}/${path}`;
}

/** `app:1.0`: as short as docker shows it. */
export function familiarForm(reference: Reference): string {
  return familiarName(reference) + suffix(reference);
}

/** The familiar form without tag and digest. */
export function familiarName(reference: Reference): string {
  const { domain, path } = reference;
  if (domain !== defaultDomain) return repositoryName(reference);
  const short = path.startsWith(officialPrefix) ? path.slice(officialPrefix.length) : path;
  return short.includes("/") ? path : short;
}

/** Adds `:latest` where there is neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  const isBare = reference.tag === undefined && reference.digest === undefined;
  return isBare ? { ...reference, tag: defaultTag } : reference;
}

/** What has to be fetched: a digest makes the tag a remark. */
export function withoutShadowedTag(reference: Reference): Reference {
  return reference.digest === undefined ? withDefaultTag(reference) : { ...reference, tag: undefined };
}

function suffix({ tag, digest }: Reference): string {
  return (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
}

/**
 * The registry, docker.io where none is written, and the rest, with `library/` where docker.io wants it. The first
 * component is a registry when it could be no path of docker.io: it has a ".", a ":" or a capital, or is localhost.
 */
export function splitDomain(text: string): { readonly domain: string; readonly remainder: string } {
  const slash = text.indexOf("/");
  const first = text.slice(0, Math.max(slash, 0));
  const rest = text.slice(slash + 1);
  if (slash < 0) return { domain: defaultDomain, remainder: officialPrefix + text };
  const isDomain = first === "localhost" || /[.:]/.test(first) || first.toLowerCase() !== first;
  const domain = !isDomain || first === legacyDomain ? defaultDomain : first;
  const remainder = isDomain ? rest : text;
  const isOfficial = domain === defaultDomain && !remainder.includes("/");
  return { domain, remainder: isOfficial ? officialPrefix + remainder : remainder };
}

function invalid(text: string, problem: ReferenceProblem): Error {
  const shown = JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}…` : text);
  return layersError("REFERENCE_INVALID", `${shown} is not an image name: ${reason[problem]}`, {
    hint: "a name is [registry[:port]/]path[:tag][@sha256:digest], for example app:1.0 or localhost:5000/team/app",
  });
}

const reason: Readonly<Record<ReferenceProblem, string>> = {
  empty: "it is empty",
  format: "invalid reference format",
  uppercase: "the repository name must be lowercase",
  identifier: "64 hexadecimal digits name an image ID",
  "name-too-long": "the repository name has more than 255 characters",
  "digest-unsupported": "only sha256 digests are supported",
  "digest-length": "a sha256 digest has 64 hexadecimal digits",
  "digest-format": "the digits of a digest are lower case",
};
