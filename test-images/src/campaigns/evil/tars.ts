import { randomBytes } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import {
  createLayerStore,
  type Descriptor,
  type Digest,
  digestOf,
  mediaTypes,
  openStore,
  type Store,
} from "@tsbuild/layers";
import { evilTars, rawTar } from "test-images";
import type { Chance } from "../chance.ts";
import { judge, type Tally } from "./judge.ts";
import { mutateBytes, mutateTar } from "./mutate-tar.ts";

/** A store is made anew after so many, as layers pile up in it. */
const layersOfAStore = 500;
const largestSeed = 64 << 10;

type Packing = "plain" | "gzip" | "zstd";
const mediaTypeOf: Readonly<Record<Packing, string>> = {
  plain: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
};

/** Mutated layers are indexed, extracted and read back; what lies beside the store stays as it was. */
export async function attackWithTars(directory: string, runs: number, by: Chance): Promise<Tally> {
  const tally: Tally = { codes: new Map(), problems: [] };
  const evil = evilTars.map(({ build }) => build()).filter(({ length }) => length < largestSeed);
  // Most changes to what is refused anyway are refused as well.
  const seeds = [honest(), honestWithWhiteouts(), evil] as const;
  const root = join(directory, "inner", "store");
  mkdirSync(root, { recursive: true });
  const before = layCanaries(directory);
  for (let done = 0; done < runs; done += layersOfAStore) {
    await using store = openStore(root, { mode: "read-write", now: () => done, randomHex });
    for (let at = done; at < Math.min(runs, done + layersOfAStore); at++) {
      const seed = by.pick(seeds);
      const attack = attackOf(Buffer.isBuffer(seed) ? seed : by.pick(seed), by);
      await judge(tally, `layer ${at}`, () => readLayer(store, attack));
      if (stateOf(directory) === before) continue;
      tally.problems.push(
        `layer ${at} changed something beside the store:\n${before}\n${stateOf(directory)}`,
      );
      return tally;
    }
    await store[Symbol.asyncDispose]();
    rmSync(root, { recursive: true });
    mkdirSync(root);
  }
  return tally;
}

interface Attack {
  readonly bytes: Buffer;
  readonly packing: Packing;
  readonly diffId: Digest;
}

function attackOf(seed: Buffer, by: Chance): Attack {
  const tar = mutateTar(seed, by);
  const diffId = digestOf(tar);
  const packing = by.pick(["plain", "plain", "gzip", "zstd"] as const);
  const packed =
    packing === "plain" ? tar : packing === "gzip" ? gzipSync(tar, { level: 1 }) : zstdCompressSync(tar);
  const isDamaged = packing !== "plain" && by.below(3) === 0;
  return { bytes: isDamaged ? mutateBytes(packed, by) : packed, packing, diffId };
}

async function readLayer(store: Store, { bytes, packing, diffId }: Attack): Promise<void> {
  await using lease = await store.lease("campaign");
  const blob: Descriptor = await store.blobs.put(bytes, { mediaType: mediaTypeOf[packing] }, lease);
  const layers = createLayerStore({ store, lease, now: () => 0, randomHex });
  const layer = layers.fromBlob(undefined, blob, diffId, () =>
    Promise.reject(new Error("nothing is fetched")),
  );
  await layer.index();
  await layer.tree();
  using view = await layers.view(layer);
  for (const name of view.list("" as Parameters<typeof view.list>[0]))
    view.lookup(name as Parameters<typeof view.lookup>[0]);
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}

function honest(): Buffer {
  const { archive, directory, file, hardlink, symlink, pax, record } = rawTar;
  const long = `${"n".repeat(90)}/`.repeat(3);
  return archive(
    directory("a"),
    file("a/f", "content"),
    symlink("a/l", "f"),
    hardlink("a/h", "a/f"),
    pax(record("path", `${long}f`), record("SCHILY.xattr.user.a", "b"), record("mtime", "1.5")),
    file("x"),
    file("a/.wh.gone", ""),
  );
}

function honestWithWhiteouts(): Buffer {
  const { archive, directory, file, hardlink, symlink, entry } = rawTar;
  const fifo = entry({ name: "d/fifo", type: "6" });
  const device = entry({ name: "null", type: "3", major: "0000001\0", minor: "0000003\0" });
  const whiteouts = [file("d/.wh..wh..opq", ""), file("etc/.wh.passwd", "")];
  return archive(
    directory("d"),
    symlink("e", "d/../.."),
    ...whiteouts,
    fifo,
    device,
    file("e/x"),
    hardlink("y", "e/x"),
  );
}

/** Files that an archive would hit which climbs out. */
function layCanaries(directory: string): string {
  for (const name of ["", "inner", "canary", "etc", "evil"])
    mkdirSync(join(directory, name), { recursive: true });
  for (const name of ["canary/file", "etc/passwd", "inner/file", "file"])
    writeFileSync(join(directory, name), "untouched");
  return stateOf(directory);
}

function stateOf(directory: string): string {
  return ["", "inner", "canary", "etc", "evil"]
    .flatMap((name) => {
      const path = join(directory, name);
      return readdirSync(path).map((each) => describe(join(path, each)));
    })
    .join("\n");
}

/** Directories that the store itself is in change all the time. */
function describe(path: string): string {
  const { mode, uid, gid, ctimeMs, nlink } = lstatSync(path);
  const isFile = (mode & 0o170000) === 0o100000;
  return `${path} ${mode} ${uid} ${gid} ${isFile ? `${nlink} ${ctimeMs} ${readFileSync(path, "latin1")}` : ""}`;
}
