import { resolve } from "node:path";
import { createLayerStore, type TreeView } from "@tsbuild/layers";
import { cliError } from "./errors.ts";
import { findImage } from "./local-image.ts";
import { openStoreFor, randomHex } from "./store-root.ts";
import { layersOf, onlyStored, readStoredImage, type StoredImage } from "./stored-image.ts";
import type { Terminal } from "./terminal.ts";
import { ensureRights } from "./user-namespace.ts";

/** An image of the store opened for writing its files somewhere. */
export interface Unpacking extends AsyncDisposable {
  readonly image: StoredImage;
  readonly view: TreeView;
}

/** `IMAGE DIR`. @throws USAGE */
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
  return { name, directory: resolve(cwd, directory) };
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
