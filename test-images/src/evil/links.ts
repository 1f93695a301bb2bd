import {
  contained,
  type EvilArchive,
  escapes,
  evilArchives,
  invalid,
  unextractable,
} from "./evil-archive.ts";
import { archive, directory, entry, file, hardlink, symlink } from "./raw-tar.ts";

const chain = (length: number): Buffer[] =>
  Array.from({ length }, (_, at) => symlink(`l${at}`, at + 1 < length ? `l${at + 1}` : "/"));

/** Links that a later entry, or a later step, would be written through. */
export const evilLinks: readonly EvilArchive[] = evilArchives([
  [
    "symlink to the host's root, then a file below",
    "the oldest trick",
    contained,
    () => archive(symlink("d", "/"), file("d/canary")),
  ],
  [
    "symlink to the parent, then a file below",
    "the same, relative",
    contained,
    () => archive(symlink("d", ".."), file("d/canary")),
  ],
  [
    "symlink far up, then a file below",
    "CVE-2021-32803",
    contained,
    () => archive(symlink("d", "../../../../../../../../.."), file("d/canary")),
  ],
  [
    "directory replaced by a symlink, then a file below",
    "a cache of made directories (CVE-2021-37701)",
    contained,
    () => archive(directory("d"), symlink("d", ".."), file("d/canary")),
  ],
  [
    "symlink replaced by a directory, then a file below",
    "must be a directory in the tree",
    contained,
    () => archive(symlink("d", ".."), directory("d"), file("d/inside")),
  ],
  [
    "file, then a directory of the same name",
    "the later one counts",
    contained,
    () => archive(file("d"), directory("d"), file("d/inside")),
  ],
  [
    "directory, then a file of the same name",
    "the later one counts, with nothing left below",
    contained,
    () => archive(directory("d"), file("d/inside"), file("d")),
  ],
  ["file below a file", "no directory to make", unextractable, () => archive(file("f"), file("f/below"))],
  [
    "two symlinks in a chain",
    "a check of the first step only (CVE-2026-85731)",
    contained,
    () => archive(...chain(2), file("l0/canary")),
  ],
  [
    "forty-one symlinks in a chain",
    "one more than the kernel follows",
    contained,
    () => archive(...chain(41), file("l0/canary")),
  ],
  [
    "symlinks in a loop",
    "following them never ends",
    contained,
    () => archive(symlink("a", "b"), symlink("b", "a"), file("a/canary")),
  ],
  ["symlink to itself", "the shortest loop", contained, () => archive(symlink("a", "a"), file("a/canary"))],
  [
    "dangling symlink, then a file of the same name",
    "creates the file it points to",
    contained,
    () => archive(symlink("f", "../canary-made"), file("f")),
  ],
  [
    "symlink to the process's directory",
    "/proc resolves on the host",
    contained,
    () => archive(symlink("d", "/proc/self/cwd"), file("d/canary")),
  ],
  [
    "symlink to a file descriptor",
    "CVE-2024-21626",
    contained,
    () => archive(symlink("d", "/proc/self/fd/3"), file("d/canary")),
  ],
  ["symlink to nothing", "the kernel refuses it", invalid, () => archive(symlink("l", ""))],
  [
    "symlink with a target of 4096 bytes",
    "PATH_MAX with its NUL",
    invalid,
    () => archive(entry({ type: "K", name: "././@LongLink" }, `${"t".repeat(4096)}\0`), symlink("l", "t")),
  ],
  [
    "symlink with a size",
    "two of four readers skip that many bytes",
    invalid,
    () => archive(entry({ name: "l", type: "2", link: "t" }, file("hidden"))),
  ],
  [
    "hard link with a size",
    "as above",
    invalid,
    () => archive(file("a"), entry({ name: "l", type: "1", link: "a" }, file("hidden"))),
  ],
  [
    "hard link to an absolute name",
    "CVE-2026-23745: must mean the one inside",
    unextractable,
    () => archive(hardlink("l", "/etc/passwd")),
  ],
  [
    "hard link that climbs out",
    "reads, and with chmod changes, a file of the host (CVE-2021-32760)",
    escapes,
    () => archive(hardlink("l", "../canary")),
  ],
  [
    "hard link through a symlink",
    "CVE-2026-26960",
    unextractable,
    () => archive(symlink("d", ".."), hardlink("l", "d/canary")),
  ],
  [
    "hard link to a symlink that leads out, then written",
    "the write must not follow",
    contained,
    () => archive(symlink("s", "../canary"), hardlink("l", "s"), file("l")),
  ],
  [
    "hard link to a later entry",
    "nothing is there yet",
    unextractable,
    () => archive(hardlink("l", "later"), file("later")),
  ],
  ["hard link to itself", "nothing is there", unextractable, () => archive(hardlink("l", "l"))],
  [
    "hard link to itself after a file",
    "removing the old name loses the data",
    unextractable,
    () => archive(file("l"), hardlink("l", "l")),
  ],
  [
    "hard link to a file of the current directory",
    "resolved where the process stands (CVE-2026-50163)",
    unextractable,
    () => archive(hardlink("l", "package.json")),
  ],
  [
    "hard link to a directory",
    "no file system makes it",
    unextractable,
    () => archive(directory("d"), hardlink("l", "d")),
  ],
  ["hard link to the root", "the same", invalid, () => archive(hardlink("l", "/"))],
  [
    "hard link to a device",
    "a second name for it, still inside",
    contained,
    () =>
      archive(
        entry({ name: "null", type: "3", major: "0000001\0", minor: "0000003\0" }),
        hardlink("l", "null"),
      ),
  ],
  ["hard link to nothing", "no target", invalid, () => archive(hardlink("l", ""))],
  [
    "hard link to a file its own layer removes",
    "depends on the order of reading",
    contained,
    () => archive(file("a"), hardlink("b", "a"), file(".wh.a", "")),
  ],
]);
