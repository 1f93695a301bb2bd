import {
  canonicalForm,
  familiarForm,
  type ImageRecord,
  parseImageArgument,
  parseReference,
  type Store,
  withDefaultTag,
} from "@tsbuild/layers";
import { cliError } from "../errors.ts";
import { nearest } from "../options/suggest.ts";

/** The full name of what a user wrote: `app` is `docker.io/library/app:latest`. @throws REFERENCE_INVALID */
export function canonicalName(text: string): string {
  return canonicalForm(withDefaultTag(parseReference(text)));
}

/** A canonical name as short as docker shows it. */
export function familiarNameOf(canonical: string): string {
  return familiarForm(parseReference(canonical));
}

const idPrefix = /^(sha256:)?[0-9a-f]{4,64}$/;

/** Finds an image of the store by name, ID or the beginning of its ID. @throws IMAGE_NOT_LOCAL */
export function findImage(store: Store, text: string): ImageRecord {
  const named = byName(store, text);
  if (named) return named;
  const byId = idPrefix.test(text) ? store.images.findById(text.replace(/^sha256:/, "")) : [];
  const ids = new Set(byId.map(({ id }) => id));
  const [first] = byId;
  if (first && ids.size === 1) return first;
  if (ids.size > 1)
    throw cliError("IMAGE_NOT_LOCAL", `${ids.size} images have an ID that begins with ${text}`, {
      hint: "write more digits of the ID",
    });
  const guess = nearest(
    text,
    store.images.list().map(({ name }) => familiarNameOf(name).replace(/:latest$/, "")),
  );
  throw cliError("IMAGE_NOT_LOCAL", `no image ${text} in the store ${store.root}`, {
    hint: guess
      ? `did you mean ${guess}?`
      : "tsbuild images lists what is there; tsbuild pull gets it from a registry",
  });
}

function byName(store: Store, text: string): ImageRecord | undefined {
  const argument = parseImageArgument(text);
  return argument.kind === "name"
    ? store.images.get(canonicalForm(withDefaultTag(argument.reference)))
    : undefined;
}
