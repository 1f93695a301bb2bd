import { contained, type EvilArchive, escapes, evilArchives, invalid } from "./evil-archive.ts";
import { archive, directory, entry, file, pax, record } from "./raw-tar.ts";

const long = (key: string, value: string): Buffer => pax(record(key, value));

/** Names that lead out, that two readers take for different names, or that no file system takes. */
export const evilNames: readonly EvilArchive[] = evilArchives([
  ["name is ..", "the parent of the root", escapes, () => archive(file(".."))],
  ["name begins with ../", "CVE-2020-10696 and every year since", escapes, () => archive(file("../canary"))],
  [
    "name climbs out in the middle",
    "a check of the beginning only",
    escapes,
    () => archive(file("a/../../canary")),
  ],
  ["name climbs but stays in", "means another file behind a symlink", escapes, () => archive(file("a/../b"))],
  ["name ends with ..", "a directory outside gets our mode", escapes, () => archive(directory("a/../.."))],
  [
    "name climbs in a pax record",
    "a check of the header only",
    escapes,
    () => archive(long("path", "../canary"), file("a")),
  ],
  [
    "name climbs in the prefix field",
    "a check of the name field only",
    escapes,
    () => archive(entry({ prefix: "..", name: "canary" }, "evil")),
  ],
  [
    "name climbs in a GNU long name",
    "the same for GNU",
    escapes,
    () => archive(entry({ type: "L", name: "././@LongLink" }, "../canary\0"), file("a")),
  ],
  ["name is absolute", "must land in the root (CVE-2021-32804)", contained, () => archive(file("/canary"))],
  [
    "name has many leading slashes",
    "only the first one stripped (CVE-2021-32804)",
    contained,
    () => archive(file("////canary")),
  ],
  ["name is a file at the root", "replaces the root", invalid, () => archive(file("."))],
  ["name is a file called ./", "replaces the root", invalid, () => archive(file("./"))],
  ["name is a file called /", "replaces the root", invalid, () => archive(file("/"))],
  [
    "name is a symlink at the root",
    "CVE-2021-29136: the root itself becomes a symlink",
    invalid,
    () => archive(entry({ name: "/.", type: "2", link: "/" }), file("canary")),
  ],
  ["name is empty", "whatever a reader makes of it", invalid, () => archive(entry({ name: "" }, "evil"))],
  [
    "name is empty in a pax record",
    "as in the header to some, none to others",
    invalid,
    () => archive(long("path", ""), file("a")),
  ],
  [
    "name has doubled slashes and dots",
    "three spellings of one file",
    contained,
    () => archive(file("a//b"), file("a/./b"), file("./a/b")),
  ],
  [
    "name has a NUL in its record",
    "readers in C see a shorter name",
    invalid,
    () => archive(long("path", "safe\0/../canary"), file("a")),
  ],
  ["name has a newline", "forges lines in listings", contained, () => archive(file("a\nb"))],
  [
    "name has terminal escapes",
    "must not reach a terminal unescaped",
    invalid,
    () => archive(entry({ name: "\x1b]0;evil\x07\x9b2J", size: "-1" })),
  ],
  [
    "name has a component of 256 bytes",
    "no Linux file system takes it",
    invalid,
    () => archive(long("path", "n".repeat(256)), file("a")),
  ],
  [
    "name has 4097 bytes",
    "longer than PATH_MAX",
    invalid,
    () => archive(long("path", `${"d/".repeat(2048)}f`), file("a")),
  ],
  [
    "name is 2000 directories deep",
    "recursion without a limit",
    invalid,
    () => archive(long("path", `${"d/".repeat(2000)}f`), file("a")),
  ],
  [
    "names differ in bytes that are not UTF-8",
    "decoded, both become one",
    contained,
    () => archive(file("f\xff"), file("f\xfe")),
  ],
  [
    "names differ in normalisation",
    "one file on some systems",
    contained,
    () => archive(file("\xc3\xa9"), file("e\xcc\x81")),
  ],
  [
    "names differ in case",
    "one file on some systems (CVE-2026-23950)",
    contained,
    () => archive(file("FILE"), file("file")),
  ],
  ["name has a drive letter", "CVE-2026-31802", escapes, () => archive(file("C:../../canary"))],
  ["name has backslashes", "a separator on some systems", contained, () => archive(file("..\\..\\canary"))],
  [
    "name is a file with a slash at the end",
    "a directory to some readers",
    invalid,
    () => archive(file("a/")),
  ],
  [
    "name of an old file has a slash at the end",
    "a directory to every reader",
    contained,
    () => archive(entry({ name: "a/", type: "\0", magic: "\0\0\0\0\0\0\0\0" })),
  ],
  [
    "name has a prefix its format does not know",
    "some readers use it, some do not",
    invalid,
    () => archive(entry({ name: "a", prefix: "dir", magic: "ustar  \0" }, "evil")),
  ],
]);
