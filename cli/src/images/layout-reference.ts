import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Digest, isDigest } from "@tsbuild/layers";
import { cliError } from "../errors.ts";

/** An image in an OCI layout directory, as `--build-context NAME=oci-layout://…` gives it. */
export interface LayoutReference {
  /** Absolute. */
  readonly directory: string;
  /** "latest" when none was given, as buildx has it. */
  readonly tag: string;
  readonly digest: Digest | undefined;
}

const scheme = "oci-layout://";

/** Reads `oci-layout://PATH[:TAG][@DIGEST]`. @throws CONTEXT_MISSING, USAGE */
export function readLayoutReference(text: string, cwd: string): LayoutReference {
  const [, place = "", written] = /^(.*?)(?:@([a-z0-9]+:[^@/]*))?$/s.exec(text.slice(scheme.length)) ?? [];
  if (written !== undefined && !isDigest(written))
    throw cliError("USAGE", `${text} has no valid digest`, { hint: "write @sha256: and 64 hex digits" });
  const { path, tag } = splitTag(place, cwd);
  const directory = resolve(cwd, path);
  if (path === "" || !existsSync(directory))
    throw cliError("CONTEXT_MISSING", `there is no directory ${path} for ${text}`, {
      hint: "write oci-layout://DIRECTORY[:TAG][@DIGEST]",
    });
  return { directory, tag, digest: written };
}

/** A directory that has a colon in its name comes first. */
function splitTag(place: string, cwd: string): { readonly path: string; readonly tag: string } {
  const colon = place.lastIndexOf(":");
  if (colon < 0 || place.includes("/", colon) || existsSync(resolve(cwd, place)))
    return { path: place, tag: "latest" };
  return { path: place.slice(0, colon), tag: place.slice(colon + 1) };
}

/** The one form that stands in a build's request: nothing is left to be guessed. */
export function formatLayoutReference({ directory, tag, digest }: LayoutReference): string {
  return `${scheme}${directory}:${tag}${digest === undefined ? "" : `@${digest}`}`;
}

/** Reads what `formatLayoutReference` wrote. @throws TypeError for anything else */
export function parseLayoutReference(reference: string): LayoutReference {
  const [, directory, tag, digest] = /^oci-layout:\/\/(.*?):([^:@/]*)(?:@([^@/]*))?$/s.exec(reference) ?? [];
  if (directory === undefined || tag === undefined || (digest !== undefined && !isDigest(digest)))
    throw new TypeError(`${reference} is no complete reference to an OCI layout`);
  return { directory, tag, digest };
}
