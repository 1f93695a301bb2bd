import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { layersError } from "../errors.ts";
import { replaceFile } from "./durable.ts";
import { errnoOf, ioFailure, isMissing, writeFailure } from "./failure.ts";
import { ociLayoutText } from "./index-json.ts";
import { directoriesOf, type Places } from "./places.ts";

const storeVersion = "1";

/** A version file being written by a process that was killed, or that is making the same store right now. */
const unfinished = /^version\.[0-9a-f]+$/;

export type Access = "read-write" | "read-only";

/**
 * Makes the directory a store, or checks that it is one that this tsbuild knows.
 * Returns "read-only" also where the file system or the permissions allow nothing else.
 * @throws STORE_VERSION, STORE_MISSING
 */
export function prepareDirectory(places: Places, wanted: Access, randomHex: () => string): Access {
  const version = readVersion(places);
  if (version === undefined) {
    if (wanted === "read-only") throw missingStore(places);
    refuseForeignDirectory(places);
    createStore(places, randomHex());
    return "read-write";
  }
  if (version !== storeVersion) throw otherVersion(places, version);
  if (wanted === "read-only" || !isWritable(places)) return "read-only";
  if (!existsSync(places.temporary)) makeDirectories(places);
  return "read-write";
}

function readVersion(places: Places): string | undefined {
  try {
    return readFileSync(places.version, "utf8").slice(0, 100).trim();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw ioFailure(error, places.root);
  }
}

/** The version file comes first: a directory with anything of a store in it always says which. */
function createStore(places: Places, random: string): void {
  try {
    makeRoot(places.root);
    replaceFile(places.version, Buffer.from(`${storeVersion}\n`), `${places.version}.${random}`);
    makeDirectories(places);
    replaceFile(places.ociLayout, Buffer.from(ociLayoutText), `${places.temporary}/${random}.oci-layout`);
  } catch (error) {
    throw writeFailure(error, places.root, 0);
  }
}

/** The recursive form alone says ENOENT where the file system is read-only. */
function makeRoot(root: string): void {
  try {
    mkdirSync(root, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) === "ENOENT") mkdirSync(root, { recursive: true, mode: 0o700 });
    else if (errnoOf(error) !== "EEXIST") throw error;
  }
}

function makeDirectories(places: Places): void {
  for (const directory of directoriesOf(places)) mkdirSync(directory, { recursive: true, mode: 0o700 });
}

function refuseForeignDirectory(places: Places): void {
  const foreign = namesIn(places.root).find((name) => !unfinished.test(name));
  if (foreign === undefined) return;
  throw layersError(
    "STORE_VERSION",
    `${places.root} is not a store of tsbuild: it has no version file, but holds ${JSON.stringify(foreign)}`,
    { hint: "choose an empty or new directory with --root" },
  );
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw ioFailure(error, directory);
  }
}

function isWritable(places: Places): boolean {
  try {
    accessSync(places.root, constants.W_OK);
    return true;
  } catch {
    // EROFS or EACCES: cached builds, inspect and push still work.
    return false;
  }
}

function otherVersion(places: Places, version: string): Error {
  return layersError(
    "STORE_VERSION",
    `the store ${places.root} has version ${JSON.stringify(version)}, this tsbuild knows ${storeVersion}`,
    { hint: "use the tsbuild that made it, or another store with --root" },
  );
}

function missingStore(places: Places): Error {
  return layersError("STORE_MISSING", `there is no store at ${places.root}`, {
    hint: "build or pull an image first, or choose another store with --root",
  });
}
