import { contained, type EvilArchive, evilArchives, invalid } from "./evil-archive.ts";
import { archive, base256, endOfArchive, entry, file, headerBlock, pax, record } from "./raw-tar.ts";

/** Sizes, checksums, extended headers and ends: where one reader sees entries that another does not. */
export const evilFraming: readonly EvilArchive[] = evilArchives([
  [
    "size is negative",
    "GNU and libarchive refuse, others read on (CVE of July 2026)",
    invalid,
    () => archive(entry({ name: "a", size: base256(-512n, 12) })),
  ],
  [
    "size is negative in digits",
    "0 to some",
    invalid,
    () => archive(entry({ name: "a", size: "-0000001000\0" })),
  ],
  [
    "size is 2^63",
    "wraps to negative",
    invalid,
    () => archive(entry({ name: "a", size: base256(1n << 63n, 12) })),
  ],
  [
    "size is beyond 2^53",
    "numbers lose their last digits",
    invalid,
    () => archive(entry({ name: "a", size: base256((1n << 53n) + 1n, 12) })),
  ],
  [
    "size is in hexadecimal",
    "cut at the letter by some",
    invalid,
    () => archive(entry({ name: "a", size: "0x10\0\0\0\0\0\0\0\0" })),
  ],
  [
    "size has a second number behind a NUL",
    "cut there by some",
    invalid,
    () => archive(entry({ name: "a", size: "4\x001000\0\0\0\0\0\0" }, "evil")),
  ],
  [
    "size in a pax record with a letter",
    "10 to some, 0 to others",
    invalid,
    () => archive(pax(record("size", "10abc")), file("a")),
  ],
  [
    "size in a pax record with an exponent",
    "1 to some, 1000 to others",
    invalid,
    () => archive(pax(record("size", "1e3")), file("a")),
  ],
  [
    "size in a pax record is negative",
    "0 to some",
    invalid,
    () => archive(pax(record("size", "-4")), file("a")),
  ],
  [
    "size in a pax record differs from the header",
    "CVE-2025-62518: the content is read as headers",
    invalid,
    () =>
      archive(pax(record("size", "1024")), entry({ name: "a", size: 0 }), Buffer.concat([file("smuggled")])),
  ],
  [
    "size in two pax records",
    "first or last?",
    invalid,
    () => archive(pax(record("size", "4"), record("size", "4096")), file("a")),
  ],
  [
    "pax record longer than its header",
    "reads what lies behind",
    invalid,
    () => archive(pax("999 path=/evil\n"), file("a")),
  ],
  [
    "pax record shorter than its value",
    "the rest is a record to some",
    invalid,
    () => archive(pax("9 path=/evil\n"), file("a")),
  ],
  [
    "pax record without a newline",
    "ends elsewhere for some",
    invalid,
    () => archive(pax("10 path=xyz"), file("a")),
  ],
  ["pax record of length zero", "an endless loop", invalid, () => archive(pax("0 path=x\n"), file("a"))],
  [
    "pax record with a length of many digits",
    "wraps",
    invalid,
    () => archive(pax("99999999999999999999999 path=x\n"), file("a")),
  ],
  [
    "pax record with a negative length",
    "reads backwards",
    invalid,
    () => archive(pax("-9 path=x\n"), file("a")),
  ],
  [
    "pax record without a key",
    "names nothing",
    invalid,
    () => archive(pax("6 =abc\n".replace("6", "7")), file("a")),
  ],
  [
    "pax record without an equals sign",
    "no value",
    invalid,
    () => archive(pax("8 path\n".replace("8", "7")), file("a")),
  ],
  [
    "pax record with a NUL in its key",
    "another key to readers in C",
    invalid,
    () => archive(pax(record("path\0x", "evil")), file("a")),
  ],
  [
    "pax header twice",
    "first, last, or both?",
    invalid,
    () => archive(pax(record("path", "a")), pax(record("path", "b")), file("c")),
  ],
  ["pax header at the end", "of what?", invalid, () => archive(file("a"), pax(record("path", "b")))],
  [
    "pax header without an end of the archive",
    "as above",
    invalid,
    () => Buffer.concat([file("a"), pax(record("path", "b"))]),
  ],
  [
    "pax header with a GNU long name",
    "which name?",
    invalid,
    () => archive(pax(record("path", "a")), entry({ type: "L", name: "././@LongLink" }, "b\0"), file("c")),
  ],
  [
    "pax header before a global one",
    "is it for the next entry still?",
    invalid,
    () =>
      archive(pax(record("path", "a")), entry({ type: "g", name: "g" }, record("comment", "x")), file("c")),
  ],
  [
    "pax header of two MiB",
    "memory for whoever reads it whole",
    invalid,
    () => archive(pax(record("comment", "c".repeat(2 * 1024 * 1024))), file("a")),
  ],
  [
    "pax header of a terabyte",
    "the same, by its word alone",
    invalid,
    () => archive(entry({ type: "x", size: base256(1n << 40n, 12) })),
  ],
  [
    "global header that renames",
    "docker passes over it, others do not",
    invalid,
    () => archive(entry({ type: "g", name: "g" }, record("path", "../canary")), file("a")),
  ],
  [
    "global header that resizes",
    "as above",
    invalid,
    () => archive(entry({ type: "g", name: "g" }, record("size", "0")), file("a")),
  ],
  [
    "GNU long name twice",
    "which?",
    invalid,
    () =>
      archive(
        entry({ type: "L", name: "././@LongLink" }, "a\0"),
        entry({ type: "L", name: "././@LongLink" }, "b\0"),
        file("c"),
      ),
  ],
  [
    "GNU long name with text behind its NUL",
    "two names",
    invalid,
    () => archive(entry({ type: "L", name: "././@LongLink" }, "a\0/../canary\0"), file("c")),
  ],
  [
    "GNU long name that is empty",
    "the header's to some",
    invalid,
    () => archive(entry({ type: "L", name: "././@LongLink" }, "\0"), file("c")),
  ],
  [
    "checksum is wrong",
    "damaged",
    invalid,
    () => archive(entry({ name: "a", checksum: "0000000\0" }, "evil")),
  ],
  [
    "checksum is missing",
    "no tar at all",
    invalid,
    () => archive(entry({ name: "a", checksum: "\0\0\0\0\0\0\0\0" }, "evil")),
  ],
  [
    "checksum of signed characters",
    "old Unixes wrote it, every reader takes it",
    contained,
    () => {
      const bytes = headerBlock({ name: "\xff\xff", checksum: "        " });
      const sum = bytes.reduce((total, byte) => total + (byte > 127 ? byte - 256 : byte), 0);
      return archive(headerBlock({ name: "\xff\xff", checksum: `${sum.toString(8).padStart(6, "0")}\0 ` }));
    },
  ],
  [
    "two archives one after the other",
    "the second is seen by some",
    invalid,
    () => Buffer.concat([archive(file("a")), archive(file("smuggled"))]),
  ],
  [
    "entry behind one block of zeros",
    "as above",
    invalid,
    () => Buffer.concat([file("a"), endOfArchive.subarray(512), file("smuggled"), endOfArchive]),
  ],
  [
    "garbage behind the end",
    "something to somebody",
    invalid,
    () => Buffer.concat([archive(file("a")), Buffer.from("evil")]),
  ],
  [
    "no end",
    "cut between two entries, which nothing shows: as other readers, taken",
    contained,
    () => file("a"),
  ],
  [
    "one block of zeros as the end",
    "taken by all",
    contained,
    () => Buffer.concat([file("a"), endOfArchive.subarray(512)]),
  ],
  ["cut in a header", "truncated", invalid, () => archive(file("a")).subarray(0, 300)],
  ["cut in the content", "truncated", invalid, () => archive(file("a")).subarray(0, 514)],
  ["cut in the padding", "truncated", invalid, () => archive(file("a")).subarray(0, 1000)],
  [
    "cut in an extended header",
    "truncated",
    invalid,
    () => archive(pax(record("path", "a")), file("a")).subarray(0, 515),
  ],
  ["not a tar", "text", invalid, () => Buffer.alloc(4096, "this is no tar archive, but a text about one. ")],
  [
    "magic of an unknown kind",
    "which fields does it have?",
    invalid,
    () => archive(entry({ name: "a", magic: "ustar!!!" }, "evil")),
  ],
  [
    "prefix of star",
    "its times are read as part of the name",
    invalid,
    () => {
      const block = headerBlock({ name: "a", prefix: `${"p".repeat(131)}00000001750 00000001750 ` });
      block.write("tar\0", 508, "latin1");
      const sum = block.fill(" ", 148, 156).reduce((total, byte) => total + byte, 0);
      block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
      return archive(block);
    },
  ],
]);
