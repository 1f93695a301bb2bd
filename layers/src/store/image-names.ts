import { layersError } from "../errors.ts";
import type { ImageRecord, Store } from "./store.ts";

/** Gives an image a second name; a name that was there before names this image from now on. @throws IMAGE_UNKNOWN */
export function tagImage(store: Store, reference: string, name: string): ImageRecord {
  const image = { ...findImage(store, reference), name };
  store.images.put(image);
  return image;
}

/**
 * Takes one name away, or with the beginning of an ID all names of that image. The bytes go with the next prune, unless
 * something else needs them. @returns what was removed. @throws IMAGE_UNKNOWN
 */
export function removeImage(store: Store, reference: string): ImageRecord[] {
  const named = store.images.get(reference);
  const images = named ? [named] : imagesById(store, reference);
  for (const image of images) store.images.delete(image.name);
  return images;
}

function findImage(store: Store, reference: string): ImageRecord {
  const image = store.images.get(reference) ?? imagesById(store, reference)[0];
  if (!image) throw unknownImage(reference);
  return image;
}

/** All names of the one image whose ID begins so. */
function imagesById(store: Store, prefix: string): ImageRecord[] {
  const found = store.images.findById(prefix);
  if (found.length === 0) throw unknownImage(prefix);
  if (new Set(found.map(({ id }) => id)).size === 1) return found;
  throw layersError("IMAGE_UNKNOWN", `more than one image has an ID that begins with ${prefix}`, {
    hint: "give more digits",
  });
}

function unknownImage(reference: string): Error {
  return layersError("IMAGE_UNKNOWN", `there is no image ${JSON.stringify(reference)} in the store`, {
    hint: "tsbuild images lists them",
  });
}
