import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  type Descriptor,
  type Digest,
  type ImageRecord,
  type LayerRecord,
  maxConfigBytes,
  maxManifestBytes,
  openStore,
  parseImageConfig,
  parseManifest,
  type Store,
} from "@tsbuild/layers";

/** After a power cut trees may be gone that nobody synced, and what lists leftovers; a prune then mends it. */
type After = "kill" | "power cut";

/** `node check-store.ts STORE`: opens the store, which sweeps it, and prints whatever is wrong with it then; 1 if anything is. */
export async function storeProblems(root: string, after: After = "kill"): Promise<string[]> {
  const problems: string[] = [];
  const randomHex = (bytes: number): string => randomBytes(bytes).toString("hex");
  {
    await using store = openStore(root, { mode: "read-write", now: Date.now, randomHex });
    problems.push(...(await blobProblems(store)));
    const layers = new Map(store.layers.list().map((layer) => [layer.id, layer]));
    for (const layer of layers.values()) problems.push(...layerProblems(store, layer, { layers, after }));
    for (const image of store.images.list()) problems.push(...imageProblems(store, image));
    problems.push(...indexProblems(store));
    if (after === "kill") problems.push(...treeProblems(root, layers));
  }
  return [...problems, ...databaseProblems(root), ...leftoverProblems(root)];
}

async function blobProblems({ blobs }: Store): Promise<string[]> {
  const problems: string[] = [];
  for (const { digest } of blobs.list())
    try {
      for await (const _ of blobs.stream(digest));
    } catch (error) {
      problems.push(`blob ${digest}: ${String(error)}`);
    }
  return problems;
}

function layerProblems(
  store: Store,
  layer: LayerRecord,
  { layers, after }: { layers: ReadonlyMap<string, LayerRecord>; after: After },
): readonly string[] {
  const path = join(store.root, "trees", layer.id);
  const isVolatile = after === "power cut";
  const claims = [
    [layer.parent === undefined || layers.has(layer.parent), `its parent ${layer.parent} is not there`],
    [!layer.tar || isPresent(store, layer.tar), `its tar ${layer.tar?.digest} is not there`],
    [!layer.hasTree || isVolatile || existsSync(path), "its tree is not there"],
    [!layer.hasIndex || isVolatile || existsSync(`${path}.index`), "its index is not there"],
    [!layer.tar || layer.tar.digest === layer.diffId, "its tar is not its diffID"],
    [layer.tar ?? layer.original ?? layer.hasTree, "it has nothing"],
  ] as const;
  return claims.filter(([holds]) => !holds).map(([, what]) => `layer ${layer.id}: ${what}`);
}

function isPresent(store: Store, { digest, size }: Descriptor): boolean {
  return store.blobs.sizeOf(digest) === size;
}

function imageProblems(store: Store, { name, manifest, id }: ImageRecord): string[] {
  try {
    const bytes = store.blobs.read(manifest.digest, maxManifestBytes);
    const document = parseManifest(bytes, { mediaType: manifest.mediaType, what: name });
    if (document.kind !== "manifest") return [];
    const { config } = parseImageConfig(store.blobs.read(document.config.digest, maxConfigBytes), name);
    const missing = document.layers.filter((layer) => !isPresent(store, layer));
    const unequal = config.rootfs.diff_ids.length !== document.layers.length || document.config.digest !== id;
    return [
      ...missing.map(({ digest }) => `image ${name}: its layer ${digest} is not there`),
      ...(unequal ? [`image ${name}: its config does not fit it`] : []),
    ];
  } catch (error) {
    return [`image ${name}: ${String(error)}`];
  }
}

/** index.json names what the database names. */
function indexProblems({ root, images }: Store): string[] {
  const path = join(root, "index.json");
  const listed = images.list().map(({ name, manifest }) => `${name}@${manifest.digest}`);
  if (!existsSync(path)) return listed.length === 0 ? [] : ["there is no index.json"];
  const { manifests } = JSON.parse(readFileSync(path, "utf8")) as {
    manifests: { digest: Digest; annotations: Record<string, string> }[];
  };
  const written = manifests.map(
    ({ digest, annotations }) => `${annotations["io.containerd.image.name"]}@${digest}`,
  );
  const same = JSON.stringify(written.sort()) === JSON.stringify(listed.sort());
  return same ? [] : [`index.json names ${written.join(", ")}; the database ${listed.join(", ")}`];
}

function treeProblems(root: string, layers: ReadonlyMap<string, LayerRecord>): string[] {
  return readdirSync(join(root, "trees"))
    .filter((name) => !layers.has(name.split(".")[0] as string))
    .map((name) => `trees/${name} belongs to no layer`);
}

function databaseProblems(root: string): string[] {
  using database = new DatabaseSync(join(root, "index.db"), { readOnly: true });
  const result = database.prepare("PRAGMA integrity_check").get()?.["integrity_check"];
  return result === "ok" ? [] : [`index.db: ${String(result)}`];
}

function leftoverProblems(root: string): string[] {
  return ["tmp", "locks/leases", "quarantine"].flatMap((directory) =>
    readdirSync(join(root, directory)).map((name) => `${directory}/${name} is left`),
  );
}

if (import.meta.main) {
  const problems = await storeProblems(process.argv[2] as string);
  for (const problem of problems) console.log(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
