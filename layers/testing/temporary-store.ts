import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OpenStoreOptions, openStore } from "../src/store/open-store.ts";
import type { Store } from "../src/store/store.ts";

/** What tests open stores with: real randomness, a clock that stands still. */
export const testOptions: OpenStoreOptions = {
  mode: "read-write",
  now: () => 0,
  randomHex: (bytes) => randomBytes(bytes).toString("hex"),
};

/** A directory of its own, removed at the end. */
export function temporaryDirectory(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "tsbuild-store-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A store that is closed and removed at the end. */
export function temporaryStore(
  options: Partial<OpenStoreOptions> = {},
): { readonly store: Store } & AsyncDisposable {
  const directory = temporaryDirectory();
  const store = openStore(join(directory.path, "store"), { ...testOptions, ...options });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}
