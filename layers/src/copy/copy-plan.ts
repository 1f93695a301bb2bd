import { joinTreePath, parentOf, rootPath, type TreePath } from "@tsbuild/runner-native";
import { type ArchiveEntry, planArchive } from "./archive-plan.ts";
import type { Chmod } from "./chmod.ts";
import {
  CopyTarget,
  type DirectoryDefaults,
  directoryEntry,
  isDirectory,
  notDirectory,
  type Planned,
  type PlannedEntry,
  type PlannedFile,
  type PlannedSource,
} from "./copy-target.ts";
import { keptXattrs, type XattrOrigin } from "../tree/kept-xattrs.ts";
import type { Digest } from "../digest.ts";
import type { ContentSource, FileContent, LayerWriter } from "../layer/layer-store.ts";
import type { SourceMatch } from "../tree/match-sources.ts";
import type { OpenContent, TreeChild, TreeView, ViewEntry } from "../tree/tree-view.ts";
import { childrenOf } from "../tree/walk.ts";
import { createWaitingDirectories } from "../tree/waiting-directories.ts";

export interface CopyPlanOptions {
  /** Owner of everything that is copied or made; undefined keeps what the source has and makes directories as root. */
  readonly chown: { readonly uid: number; readonly gid: number } | undefined;
  readonly chmod: Chmod | undefined;
  /** Time of directories and heredoc files that are made. */
  readonly nowSeconds: number;
}

/** Which part of a source counts. Paths are relative to the match. */
export interface CopySelection {
  /** False leaves a path out, though not what is below it. */
  readonly selects: (relative: TreePath, entry: ViewEntry) => boolean;
  /** False when nothing below a directory can be selected: it is not even read. */
  readonly mayEnter: (relative: TreePath) => boolean;
}

/** One match of a COPY or ADD, and which part of it is meant. */
export interface CopySource {
  readonly view: TreeView;
  readonly match: SourceMatch;
  /** "context": files a user has lying about; "layer": another stage or image. Decides which xattrs are kept. */
  readonly origin: XattrOrigin;
  readonly selection?: CopySelection;
}

/**
 * What one COPY, ADD or WORKDIR does to a tree, by BuildKit's rules; planned in full before anything is written. Destinations are
 * byte strings from the tree's root; a trailing slash (or "/.") says directory. Sources are planned one by one, in order.
 */
export interface CopyPlan {
  /** @throws COPY_CONFLICT, LINK_LOOP */
  copy(source: CopySource, destination: string): void;
  /** A heredoc. @throws COPY_CONFLICT, LINK_LOOP */
  file(name: string, content: Uint8Array, destination: string): void;
  /** Unpacks an archive below the destination. @throws COPY_CONFLICT, LINK_LOOP, TAR_INVALID, TAR_ESCAPES */
  unpack(entries: Iterable<ArchiveEntry>, destination: string): void;
  /** WORKDIR: a directory with its parents, where they are missing. @throws COPY_CONFLICT, LINK_LOOP */
  directory(destination: string): void;
  /** In byte order; ancestors that are there already and stay as they are do not appear. */
  entries(): Iterable<PlannedEntry>;
  /** Directories whose content below is replaced (only an archive does that). */
  opaques(): readonly TreePath[];
}

/** Told the digest of a file's bytes as they went into the layer; may throw. */
export type ContentCheck = (source: PlannedFile, digest: Digest) => void;

/** Makes the contents of a plan readable and hands everything to a writer, which reads them when it finishes. */
export async function writePlan(plan: CopyPlan, writer: LayerWriter, check?: ContentCheck): Promise<void> {
  const wanted = new Map<TreeView, TreePath[]>();
  for (const { entry, source } of plan.entries()) {
    writer.add(entry, source && contentOf(source, entry.size, check));
    if (source?.kind === "view") pathsOf(wanted, source.view).push(source.path);
  }
  for (const path of plan.opaques()) writer.opaque(path);
  for (const [view, paths] of wanted) await view.prepare(paths);
}

const permissionBits = 0o777;

/** An empty plan over the tree that it is to change; the tree must be prepared where links lead through it. */
export function createCopyPlan(destinationView: TreeView, options: CopyPlanOptions): CopyPlan {
  const target = new CopyTarget(destinationView);
  const made = madeDirectories(options);
  return {
    copy: (source, destination) => {
      const place = placeOf(target, { source, destination, made });
      // As BuildKit: names of one file stay links to each other within one source, not from one source to the next.
      copyBelow({ target, options, source, links: new Map(), made }, place);
    },
    file: (name, content, destination) => {
      const entry = heredocEntry(content.length, options);
      const at = filePlace(target, { name, destination, made });
      putFile(target, at, { entry, xattrs: undefined, source: { kind: "bytes", bytes: content } });
    },
    unpack: (entries, destination) =>
      planArchive(target, { entries, destination, made, chown: options.chown }),
    directory: (destination) => target.makeDirectories(target.resolve(destination), made),
    entries: () => target.entries(),
    opaques: () => target.opaques(),
  };
}

/** Missing directories take --chown and an octal --chmod, which loses its special bits (as mkdir does). */
function madeDirectories({ chown, chmod, nowSeconds }: CopyPlanOptions): DirectoryDefaults {
  const mode = chmod?.kind === "octal" ? chmod.mode & permissionBits : 0o755;
  return { mode, uid: chown?.uid ?? 0, gid: chown?.gid ?? 0, mtimeSeconds: nowSeconds };
}

interface Request {
  readonly source: CopySource;
  readonly destination: string;
  readonly made: DirectoryDefaults;
}

/** Where a source lands, with all directories above it made. */
function placeOf(target: CopyTarget, { source, destination, made }: Request): TreePath {
  const entry = source.view.lookup(source.match.path);
  if (entry?.type !== "directory" && source.match.path !== rootPath)
    return filePlace(target, { name: source.match.name, destination, made });
  const at = directoryOrName(target, destination, made);
  // The content of a directory is merged into the destination, which is made plain: the source's own mode stays behind.
  if (!target.lookup(at)) target.makeDirectories(at, made);
  return at;
}

function filePlace(
  target: CopyTarget,
  { name, destination, made }: { name: string; destination: string; made: DirectoryDefaults },
): TreePath {
  const at = directoryOrName(target, destination, made);
  const isInto = at === rootPath || target.lookup(at)?.type === "directory";
  const place = isInto ? joinTreePath(at, name) : at;
  target.makeDirectories(parentOf(place), made);
  return place;
}

function directoryOrName(target: CopyTarget, destination: string, made: DirectoryDefaults): TreePath {
  const at = target.resolve(destination);
  if (/(^|\/)\.?$/.test(destination)) target.makeDirectories(at, made);
  return at;
}

interface Copying {
  readonly target: CopyTarget;
  readonly options: CopyPlanOptions;
  readonly source: CopySource;
  readonly links: Map<string, Planned>;
  readonly made: DirectoryDefaults;
}

function copyBelow(copying: Copying, place: TreePath): void {
  const { target, source, options } = copying;
  const top = source.view.lookup(source.match.path);
  if (!top && source.match.path !== rootPath) return;
  if (top && top.type !== "directory") {
    placeEntry(copying, place, { path: source.match.path, entry: top });
    return;
  }
  const there = target.lookup(place);
  if (there && there.type !== "directory") throw notDirectory(place);
  copyContents(copying, { from: source.match.path, to: place });
  // The tree of a context or stage has no time of its own.
  const isRoot = source.match.path === rootPath;
  target.touch(place, isRoot || !top ? options.nowSeconds : top.mtimeSeconds);
}

interface Placed {
  readonly child: TreeChild;
  readonly to: TreePath;
}

/** Depth first by an explicit stack: a tree may be two thousand levels deep. */
function copyContents(copying: Copying, start: { readonly from: TreePath; readonly to: TreePath }): void {
  const { view, selection = everything } = copying.source;
  /** Directories that are left out unless something below them is selected. */
  const waiting = createWaitingDirectories<Placed>();
  const pending: TreeChild[] = [];
  const push = (directory: TreePath): void => {
    const children = childrenOf(view, directory);
    for (let at = children.length - 1; at >= 0; at--) pending.push(children[at] as TreeChild);
  };
  push(start.from);
  for (let child = pending.pop(); child; child = pending.pop()) {
    const relative = pathBelow(start.from, child.path);
    const to = joinTreePath(start.to, relative);
    const isDirectory = child.entry.type === "directory";
    if (selection.selects(relative, child.entry)) {
      for (const parent of waiting.above(relative)) placeParent(copying, parent);
      placeEntry(copying, to, child);
    } else if (isDirectory) waiting.wait(relative, { child, to });
    if (isDirectory && selection.mayEnter(relative)) push(child.path);
  }
}

function pathBelow(directory: TreePath, path: TreePath): TreePath {
  return directory === rootPath ? path : (path.slice(directory.length + 1) as TreePath);
}

const everything: CopySelection = { selects: () => true, mayEnter: () => true };

/** A directory that only leads to something selected: made like the source's, and one that exists takes its mode alone. */
function placeParent(copying: Copying, { child, to }: Placed): void {
  const there = copying.target.lookup(to);
  if (there && there.type !== "directory") throw notDirectory(to);
  if (!there) return placeEntry(copying, to, child);
  const xattrs = copying.target.xattrs(to);
  copying.target.put(to, { entry: { ...there, mode: child.entry.mode }, xattrs, source: undefined });
}

function placeEntry(copying: Copying, place: TreePath, found: TreeChild): void {
  const { target, links } = copying;
  const group = found.entry.type === "file" ? found.entry.hardlinkGroup : undefined;
  const linked = group === undefined ? undefined : links.get(group);
  const planned = linked ? target.share(linked) : plannedFrom(copying, found);
  if (group !== undefined && !linked) links.set(group, planned);
  if (found.entry.type !== "directory") return putFile(target, place, planned);
  const there = target.lookup(place);
  if (there && there.type !== "directory") throw notDirectory(place);
  target.put(place, planned);
}

function putFile(target: CopyTarget, place: TreePath, planned: Planned): void {
  if (target.lookup(place)?.type === "directory" || place === rootPath) throw isDirectory(place);
  target.put(place, planned);
}

function plannedFrom({ options, source }: Copying, { path, entry }: TreeChild): Planned {
  const isFile = entry.type === "file";
  const content: PlannedSource | undefined =
    isFile && entry.size > 0 ? { kind: "view", view: source.view, path } : undefined;
  return {
    entry: changedEntry(entry, options),
    xattrs: keptXattrs(source.view.xattrs(path), source.origin),
    source: content,
  };
}

/** The view's own object where nothing changes: there may be very many. */
function changedEntry(entry: ViewEntry, { chown, chmod }: CopyPlanOptions): ViewEntry {
  if (!chown && !chmod) return entry;
  return { ...entry, mode: modeOf(entry, chmod), uid: chown?.uid ?? entry.uid, gid: chown?.gid ?? entry.gid };
}

function modeOf(entry: ViewEntry, chmod: Chmod | undefined): number {
  if (!chmod || entry.type === "symlink") return entry.mode;
  return chmod.kind === "octal" ? chmod.mode : chmod.apply(entry.mode, entry.type === "directory");
}

function pathsOf(wanted: Map<TreeView, TreePath[]>, view: TreeView): TreePath[] {
  const paths = wanted.get(view) ?? [];
  wanted.set(view, paths);
  return paths;
}

function contentOf(source: PlannedSource, size: number, check: ContentCheck | undefined): ContentSource {
  switch (source.kind) {
    case "bytes":
      return source.bytes;
    case "view":
      return check ? new CheckedContent(source, check) : { open: () => source.view.content(source.path) };
    case "range":
      return { open: () => ({ fd: source.fd, offset: source.offset, size, close: () => {} }) };
  }
}

/** A class, since there may be very many: closures would take four times the memory. */
class CheckedContent implements FileContent {
  readonly #source: PlannedFile;
  readonly #check: ContentCheck;

  constructor(source: PlannedFile, check: ContentCheck) {
    this.#source = source;
    this.#check = check;
  }

  open(): OpenContent {
    return this.#source.view.content(this.#source.path);
  }

  wrote(digest: Digest): void {
    this.#check(this.#source, digest);
  }
}

const heredocMode = 0o644;

function heredocEntry(size: number, { chown, chmod, nowSeconds }: CopyPlanOptions): ViewEntry {
  const plain = directoryEntry({
    mode: heredocMode,
    uid: chown?.uid ?? 0,
    gid: chown?.gid ?? 0,
    mtimeSeconds: nowSeconds,
  });
  const file: ViewEntry = { ...plain, type: "file", size };
  return { ...file, mode: modeOf(file, chmod) };
}
