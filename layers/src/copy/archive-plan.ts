import {
  joinTreePath,
  nameOf,
  parentOf,
  parseTreePath,
  rootPath,
  type TreePath,
} from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import type { TarEntry } from "../tar/entry.ts";
import {
  type CopyTarget,
  type DirectoryDefaults,
  pathBelow,
  type Planned,
  type PlannedSource,
  shown,
} from "./copy-target.ts";
import { keptXattrs } from "../tree/kept-xattrs.ts";
import { fullPath, resolvePath } from "../tree/resolve.ts";
import type { ViewEntry } from "../tree/tree-view.ts";

/** An entry of an archive that ADD unpacks, with its bytes where it has some. */
export interface ArchiveEntry {
  readonly entry: TarEntry;
  readonly content: Extract<PlannedSource, { kind: "range" | "bytes" }> | undefined;
}

export interface ArchiveRequest {
  readonly entries: Iterable<ArchiveEntry>;
  readonly destination: string;
  readonly made: DirectoryDefaults;
  readonly chown: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Unpacks an archive over what is there, as `tar x` in the destination would: directories are merged and take the archive's
 * metadata, anything else replaces what has its name. An entry below a link is written through it. As in BuildKit the destination
 * is the root for that: absolute links start there, and nothing is written outside it.
 */
export function planArchive(target: CopyTarget, request: ArchiveRequest): void {
  const destination = target.resolve(request.destination);
  target.makeDirectories(destination, request.made);
  for (const { entry, content } of request.entries) {
    const name = cleanName(entry.path);
    // The archive's own root says nothing about the destination.
    if (name === rootPath) continue;
    const place = placeOf(target, { destination, name, made: request.made });
    const planned =
      entry.type === "hardlink"
        ? linkedTo(target, { destination, place, linkTarget: entry.linkTarget ?? "" })
        : plannedFrom({ ...entry, type: entry.type }, content, request.chown);
    putOver(target, place, planned);
  }
}

interface Placing {
  readonly destination: TreePath;
  readonly name: TreePath;
  readonly made: DirectoryDefaults;
}

/** The directory part is resolved through links, the last name is not. */
function placeOf(target: CopyTarget, { destination, name, made }: Placing): TreePath {
  const parent = target.resolve(parentOf(name), destination);
  // Parents that the archive does not list are root's, whatever --chown says.
  target.makeDirectories(parent, { mode: 0o755, uid: 0, gid: 0, mtimeSeconds: made.mtimeSeconds });
  return joinTreePath(parent, nameOf(name));
}

function putOver(target: CopyTarget, place: TreePath, planned: Planned): void {
  const there = target.lookup(place);
  const merges = there?.type === "directory" && planned.entry.type === "directory";
  if (there && !merges) target.replace(place);
  target.put(place, planned);
}

interface Linking {
  readonly destination: TreePath;
  readonly place: TreePath;
  readonly linkTarget: string;
}

/** A link to what the archive brought is a hard link; one to a file that was there before becomes a copy of it. */
function linkedTo(target: CopyTarget, { destination, place, linkTarget }: Linking): Planned {
  const name = cleanName(linkTarget);
  const resolved = resolvePath(target.rootedAt(destination), name, "keep");
  const path = pathBelow(destination, fullPath(resolved));
  const entry = resolved.missing.length > 0 ? undefined : resolved.entry;
  if (!entry || path === place)
    throw layersError(
      "TAR_INVALID",
      `the archive links ${shown(place)} to ${shown(path)}, which is not there`,
    );
  if (entry.type === "directory")
    throw layersError("TAR_INVALID", `the archive links ${shown(place)} to the directory ${shown(path)}`);
  const planned = target.planned(path);
  return planned ? target.share(planned) : target.copyOf(path);
}

function plannedFrom(
  { type, ...entry }: TarEntry & { readonly type: Exclude<TarEntry["type"], "hardlink"> },
  content: ArchiveEntry["content"],
  chown: ArchiveRequest["chown"],
): Planned {
  if (type === "char" && entry.deviceMajor === 0 && entry.deviceMinor === 0)
    throw layersError("TAR_INVALID", `the archive has the device 0:0 as ${shown(entry.path)}`, {
      hint: "overlayfs takes this device for a deleted file, so no layer may carry it",
    });
  const made: ViewEntry = {
    type,
    mode: entry.mode,
    uid: chown?.uid ?? entry.uid,
    gid: chown?.gid ?? entry.gid,
    size: entry.size,
    mtimeSeconds: entry.mtimeSeconds,
    mtimeNanoseconds: 0,
    linkTarget: entry.linkTarget,
    deviceMajor: entry.deviceMajor,
    deviceMinor: entry.deviceMinor,
    hardlinkGroup: undefined,
  };
  return { entry: made, xattrs: keptXattrs(entry.xattrs, "context"), source: content };
}

function cleanName(bytes: string): TreePath {
  try {
    return parseTreePath(bytes);
  } catch (cause) {
    throw layersError(
      "TAR_ESCAPES",
      `the archive has an entry with the name ${JSON.stringify(bytes.slice(0, 200))}`,
      {
        cause,
      },
    );
  }
}
