import type { LayerItem, LayerItems } from "./layer.ts";

/** What two builders are compared in: a path's properties by name, as text. */
export type Properties = Readonly<Record<string, string>>;

/** A tree or a layer: properties by path. A path that a layer deletes has the one property `deleted`, an emptied directory's marker `opaque`. */
export type Tree = ReadonlyMap<string, Properties>;

const whiteout = ".wh.";
const opaque = ".wh..wh..opq";

/** The comparable form of a layer. `startedSeconds`: times from then on are the build's own, and only that is compared. */
export function describeLayer(items: LayerItems, startedSeconds: number): Tree {
  const groups = linkGroups(items);
  const described = new Map<string, Properties>();
  for (const path of items.keys()) {
    const slash = path.lastIndexOf("/") + 1;
    const name = path.slice(slash);
    if (name === opaque) described.set(path, { opaque: "yes" });
    else if (name.startsWith(whiteout))
      described.set(path.slice(0, slash) + name.slice(whiteout.length), { deleted: "yes" });
    else described.set(path, describe(path, { items, groups, startedSeconds }));
  }
  return described;
}

/** Every hard-linked path with all names of its file, sorted: which of them comes first in the tar says nothing. */
function linkGroups(items: LayerItems): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [path, { entry }] of items) {
    if (entry.type !== "hardlink" || entry.linkTarget === undefined) continue;
    const group = groups.get(entry.linkTarget) ?? [entry.linkTarget];
    group.push(path);
    for (const name of group) groups.set(name, group);
  }
  return new Map([...groups].map(([path, names]) => [path, names.toSorted()]));
}

interface Surroundings {
  readonly items: LayerItems;
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly startedSeconds: number;
}

function describe(path: string, { items, groups, startedSeconds }: Surroundings): Properties {
  const named = items.get(path)!;
  const group = groups.get(path);
  // A hard link's own header says nothing: the file it names does.
  const { entry, content } = firstOf(named, items);
  const isDevice = entry.type === "char" || entry.type === "block";
  const xattrs = [...(entry.xattrs ?? [])].map(([name, value]) => `${name}=${value.toString("hex")}`).sort();
  return {
    type: entry.type,
    mode: entry.mode.toString(8).padStart(4, "0"),
    owner: `${entry.uid}:${entry.gid}`,
    // Of directories, BuildKit's newer code keeps times that the older one did not.
    ...(entry.type !== "directory" && { time: timeOf(entry.mtimeSeconds, startedSeconds) }),
    ...(entry.type === "file" && { size: String(entry.size), content }),
    ...(entry.type === "symlink" && { target: JSON.stringify(entry.linkTarget) }),
    ...(isDevice && { device: `${entry.deviceMajor}:${entry.deviceMinor}` }),
    ...(xattrs.length > 0 && { xattrs: xattrs.join(" ") }),
    ...(group !== undefined && { links: group.join(" ") }),
  };
}

function timeOf(seconds: number, startedSeconds: number): string {
  return seconds >= startedSeconds ? "new" : new Date(seconds * 1000).toISOString();
}

function firstOf(item: LayerItem, items: LayerItems): LayerItem {
  const { type, linkTarget } = item.entry;
  return type === "hardlink" && linkTarget !== undefined ? (items.get(linkTarget) ?? item) : item;
}

/**
 * Without the directories that a layer lists although they are as they were and nothing beneath them is in the layer: overlayfs
 * leaves them behind when something in them came and went.
 */
export function withoutUntouched(layer: Tree, below: Tree): Tree {
  const deepestFirst = [...layer].sort(([a], [b]) => (a < b ? 1 : -1));
  const kept = new Map<string, Properties>();
  const parents = new Set<string>();
  for (const [path, properties] of deepestFirst) {
    const same = below.get(path);
    const isUntouched = properties["type"] === "directory" && same !== undefined && isSame(properties, same);
    if (isUntouched && !parents.has(path)) continue;
    kept.set(path, properties);
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1))
      parents.add(path.slice(0, at));
  }
  return kept;
}

function isSame(one: Properties, other: Properties): boolean {
  return compareProperties(one, other).length === 0;
}

/** The file system that layers give together, the lowest first: whiteouts hide what is below, never what is beside them. */
export function flatten(layers: readonly Tree[]): Tree {
  let tree = new Map<string, Properties>();
  for (const layer of layers) {
    const hidden = [...layer].filter(([, { deleted }]) => deleted !== undefined).map(([path]) => path);
    const emptied = [...layer.keys()]
      .filter((path) => path.endsWith(opaque))
      .map((path) => path.slice(0, -opaque.length));
    // A file in place of a directory hides what was in it.
    const replaced = [...layer]
      .filter(([, { type }]) => type !== undefined && type !== "directory")
      .map(([path]) => path);
    const isHidden = (path: string): boolean =>
      emptied.some((directory) => path.startsWith(directory)) ||
      [...hidden, ...replaced].some((each) => path === each || path.startsWith(`${each}/`));
    tree = new Map([...tree].filter(([path]) => !isHidden(path)));
    for (const [path, properties] of layer)
      if (properties["deleted"] === undefined && properties["opaque"] === undefined)
        tree.set(path, properties);
  }
  return tree;
}

/** What differs between two trees, a line for each property or path, ours before theirs. */
export function compareTrees(ours: Tree, theirs: Tree, peer: string): string[] {
  const paths = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
  return paths.flatMap((path) => {
    const [our, their] = [ours.get(path), theirs.get(path)];
    const name = JSON.stringify(path).slice(1, -1);
    if (our === undefined || their === undefined)
      return [`${name}: only ${our === undefined ? peer : "tsbuild"} has this ${kindOf((our ?? their)!)}`];
    return compareProperties(our, their).map((line) => `${name}: ${line}`);
  });
}

function kindOf({ deleted, opaque: isOpaque, type = "" }: Properties): string {
  if (deleted !== undefined) return "whiteout";
  return isOpaque === undefined ? type : "opaque marker";
}

function compareProperties(ours: Properties, theirs: Properties): string[] {
  if (kindOf(ours) !== kindOf(theirs)) return [`${kindOf(ours)} | ${kindOf(theirs)}`];
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  return (
    names
      .filter((name) => ours[name] !== theirs[name])
      // Digests of contents say nothing to a reader.
      .map((name) =>
        name === "content" ? "content" : `${name} ${ours[name] ?? "none"} | ${theirs[name] ?? "none"}`,
      )
  );
}
