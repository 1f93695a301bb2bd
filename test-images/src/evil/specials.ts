import { contained, type EvilArchive, evilArchives, invalid } from "./evil-archive.ts";
import { archive, base256, entry, file, octal, pax, record } from "./raw-tar.ts";

const capability = "\x01\0\0\x02\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/** Types, modes, owners and attributes. */
export const evilSpecials: readonly EvilArchive[] = evilArchives([
  [
    "disk of the host",
    "root in the container could read it",
    contained,
    () => archive(entry({ name: "sda", type: "4", major: octal(8, 8), minor: octal(0, 8) })),
  ],
  ["fifo", "opening it waits for ever", contained, () => archive(entry({ name: "p", type: "6" }))],
  [
    "fifo with a size",
    "hides the next entry from some readers",
    invalid,
    () => archive(entry({ name: "p", type: "6" }, file("hidden"))),
  ],
  [
    "device with a size",
    "as above",
    invalid,
    () => archive(entry({ name: "null", type: "3", major: octal(1, 8), minor: octal(3, 8) }, file("hidden"))),
  ],
  [
    "directory with a size",
    "tar-stream 3.2.2 waits for ever; POSIX says to ignore it",
    contained,
    () => Buffer.concat([archive(entry({ name: "d/", type: "5", size: 512 }), file("d/f"))]),
  ],
  [
    "device number beyond the kernel's",
    "wraps to another device",
    invalid,
    () => archive(entry({ name: "d", type: "3", major: octal(4096, 8) })),
  ],
  [
    "type that is unknown",
    "skipped by some, a file to others",
    invalid,
    () => archive(entry({ name: "a", type: "Z" }, "evil")),
  ],
  [
    "contiguous file",
    "a file to GNU tar, refused by docker",
    invalid,
    () => archive(entry({ name: "a", type: "7" }, "evil")),
  ],
  ["volume label", "skipped by some", invalid, () => archive(entry({ name: "label", type: "V" }))],
  [
    "dump directory of GNU",
    "its body is a list of names to delete",
    invalid,
    () => archive(entry({ name: "d/", type: "D" }, "Ycanary\0\0")),
  ],
  [
    "sparse file of GNU",
    "the map is read as content",
    invalid,
    () => archive(entry({ name: "s", type: "S", magic: "ustar  \0" })),
  ],
  [
    "sparse file in pax records",
    "as above",
    invalid,
    () =>
      archive(
        pax(record("GNU.sparse.major", "1"), record("GNU.sparse.name", "canary")),
        file("GNUSparseFile.0/s"),
      ),
  ],
  [
    "sparse file of star",
    "another size to libarchive",
    invalid,
    () => archive(pax(record("SCHILY.realsize", "9999")), file("s")),
  ],
  [
    "setuid, setgid and sticky",
    "kept, and set after the owner",
    contained,
    () => archive(entry({ name: "su", mode: "0007777\0" }, "evil")),
  ],
  [
    "mode with all digits",
    "bits beyond the mode are dropped",
    contained,
    () => archive(entry({ name: "m", mode: "77777777" }, "evil")),
  ],
  [
    "uid -1",
    "means unchanged to chown, so the file stays root's",
    invalid,
    () => archive(entry({ name: "u", uid: base256(-1n, 8) }, "evil")),
  ],
  [
    "uid 2^32 - 1",
    "the same",
    invalid,
    () => archive(entry({ name: "u", uid: base256(0xffffffffn, 8) }, "evil")),
  ],
  ["uid 2^32", "wraps to root", invalid, () => archive(pax(record("uid", "4294967296")), file("u"))],
  [
    "uid of a pax record that is a word",
    "0 to some",
    invalid,
    () => archive(pax(record("uid", "root")), file("u")),
  ],
  ["uid with letters", "0 to some", invalid, () => archive(entry({ name: "u", uid: "0000zz0\0" }, "evil"))],
  ["time of -1", "before 1970 is a time", contained, () => archive(pax(record("mtime", "-1.5")), file("t"))],
  [
    "time of 1e300",
    "not a number of a time",
    invalid,
    () => archive(pax(record("mtime", "1e300")), file("t")),
  ],
  ["time that is not a number", "as above", invalid, () => archive(pax(record("mtime", "NaN")), file("t"))],
  [
    "time far in the future",
    "more than file systems store",
    contained,
    () => archive(entry({ name: "t", mtime: base256(1n << 52n, 12) }, "evil")),
  ],
  [
    "file capability",
    "its bytes are not UTF-8",
    contained,
    () => archive(pax(record("SCHILY.xattr.security.capability", capability)), file("c")),
  ],
  [
    "attribute of overlayfs in trusted",
    "forges opaque directories and redirects",
    contained,
    () =>
      archive(
        pax(record("SCHILY.xattr.trusted.overlay.redirect", "/../canary")),
        entry({ name: "d/", type: "5" }),
      ),
  ],
  [
    "attribute of overlayfs in user",
    "the same for unprivileged mounts",
    contained,
    () => archive(pax(record("SCHILY.xattr.user.overlay.opaque", "y")), entry({ name: "d/", type: "5" })),
  ],
  [
    "attribute of 64 KiB",
    "the most that Linux stores",
    contained,
    () => archive(pax(record("SCHILY.xattr.user.big", "v".repeat(65536))), file("x")),
  ],
  [
    "attribute larger than 64 KiB",
    "Linux refuses it",
    invalid,
    () => archive(pax(record("SCHILY.xattr.user.big", "v".repeat(65537))), file("x")),
  ],
  [
    "attribute with a name of 256 bytes",
    "Linux refuses it",
    invalid,
    () => archive(pax(record(`SCHILY.xattr.${"n".repeat(256)}`, "v")), file("x")),
  ],
  [
    "attribute without a name",
    "names nothing",
    invalid,
    () => archive(pax(record("SCHILY.xattr.", "v")), file("x")),
  ],
  [
    "two thousand attributes",
    "each a system call",
    invalid,
    () =>
      archive(
        pax(...Array.from({ length: 2000 }, (_, at) => record(`SCHILY.xattr.user.a${at}`, ""))),
        file("x"),
      ),
  ],
  [
    "a hundred thousand attributes",
    "a header without end",
    invalid,
    () =>
      archive(
        pax(...Array.from({ length: 100_000 }, (_, at) => record(`SCHILY.xattr.user.a${at}`, ""))),
        file("x"),
      ),
  ],
]);
