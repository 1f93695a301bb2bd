import { contained, type EvilArchive, evilArchives, unextractable } from "./evil-archive.ts";
import { archive, directory, entry, file, symlink } from "./raw-tar.ts";

const removed = (name: string): Buffer => file(name, "");

/** Legal archives whose whiteouts remove what they must not; plain files to whoever knows no layers. */
export const evilWhiteouts: readonly EvilArchive[] = evilArchives([
  [
    "whiteout of nothing",
    "removes its own directory (image-spec: names nothing)",
    unextractable,
    () => archive(removed(".wh.")),
  ],
  ["whiteout of .", "removes the root", unextractable, () => archive(removed(".wh.."))],
  ["whiteout of ..", "removes the parent of the root", unextractable, () => archive(removed(".wh..."))],
  [
    "whiteout of .. below",
    "removes the root",
    unextractable,
    () => archive(directory("d"), removed("d/.wh...")),
  ],
  ["entry below a whiteout", "a directory that is none", unextractable, () => archive(file(".wh.d/x"))],
  [
    "whiteout behind a symlink",
    "removes a file of the host",
    contained,
    () => archive(symlink("d", ".."), removed("d/.wh.canary")),
  ],
  [
    "whiteout of a symlink that leads out",
    "must remove the link",
    contained,
    () => archive(symlink("d", ".."), removed(".wh.d")),
  ],
  [
    "whiteout before its target",
    "hides lower layers only",
    contained,
    () => archive(removed(".wh.f"), file("f")),
  ],
  [
    "whiteout after its target",
    "hides lower layers only",
    contained,
    () => archive(file("f"), removed(".wh.f")),
  ],
  [
    "opaque marker that is a directory",
    "a name, whatever its type",
    contained,
    () => archive(directory("d"), directory("d/.wh..wh..opq")),
  ],
  [
    "opaque marker that is a symlink",
    "must not be followed",
    contained,
    () => archive(directory("d"), symlink("d/.wh..wh..opq", "/")),
  ],
  [
    "opaque marker behind a symlink",
    "empties a directory of the host",
    contained,
    () => archive(symlink("d", ".."), removed("d/.wh..wh..opq")),
  ],
  [
    "opaque marker at the root",
    "hides all lower layers",
    contained,
    () => archive(removed(".wh..wh..opq"), file("f")),
  ],
  [
    "whiteout in an opaque directory",
    "removes nothing",
    contained,
    () => archive(directory("d"), removed("d/.wh..wh..opq"), removed("d/.wh.x")),
  ],
  [
    "bookkeeping of AUFS",
    "old layers have it; nobody extracts it",
    contained,
    () => archive(directory(".wh..wh.plnk"), file(".wh..wh.plnk/1.2"), removed(".wh..wh.aufs")),
  ],
  [
    "whiteout as overlayfs writes it",
    "a forged 0:0 device",
    unextractable,
    () => archive(entry({ name: "f", type: "3" })),
  ],
]);
