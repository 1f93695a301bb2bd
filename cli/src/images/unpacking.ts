import { readdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { createLayerStore, type TreeView } from "@tsbuild/layers";
import { cliError } from "../errors.ts";
import { findImage } from "./local-image.ts";
import { openStoreFor, randomHex } from "../store-root.ts";
import { layersOf, onlyStored, readStoredImage, type StoredImage } from "./stored-image.ts";
import type { Terminal } from "../terminal.ts";
import { ensureRights } from "../user-namespace.ts";

/** An image of the store opened for writing its files somewhere. */
export interface Unpacking extends AsyncDisposable {
  readonly image: StoredImage;
  readonly view: TreeView;
}

/** `IMAGE DIR`; the directory is new or empty. @throws USAGE, DESTINATION_EXISTS */
export function unpackArguments(
  command: string,
  positional: readonly string[],
  { cwd }: Terminal,
): { readonly name: string; readonly directory: string } {
  const [name, directory, ...more] = positional;
  if (name === undefined || directory === undefined || more.length > 0)
    throw cliError("USAGE", `${command} needs an image and a directory`, {
      hint: `write tsbuild ${command} IMAGE DIR`,
    });
  const path = resolve(cwd, directory);
  refuseOccupied(path);
  return { name, directory: path };
}

/** Files of two images in one tree are neither: nothing is merged. */
function refuseOccupied(path: string): void {
  const present = statSync(path, { throwIfNoEntry: false });
  if (present === undefined || (present.isDirectory() && readdirSync(path).length === 0)) return;
  const what = present.isDirectory() ? "is not empty" : "is not a directory";
  throw cliError("DESTINATION_EXISTS", `${path} ${what}`, { hint: "name a new or an empty directory" });
}

export async function openUnpacking(
  name: string,
  rootOption: string | undefined,
  terminal: Terminal,
): Promise<Unpacking> {
  ensureRights(rootOption, terminal);
  await using opened = new AsyncDisposableStack();
  const store = opened.use(openStoreFor(rootOption, terminal));
  const lease = opened.use(await store.lease("unpack"));
  const record = findImage(store, name);
  const image = readStoredImage(store, record.name, record.manifest);
  const layers = createLayerStore({ store, lease, now: Date.now, randomHex });
  const view = opened.use(await layers.view(layersOf(image, layers, onlyStored(name))));
  const kept = opened.move();
  return { image, view, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
