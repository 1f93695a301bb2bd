import fc from "fast-check";
import type { EntryType, TarEntry } from "../src/tar/entry.ts";
import { entry } from "./trees.ts";

export interface ArbitraryEntry {
  readonly entry: TarEntry;
  readonly content: Buffer;
}

/** Any bytes that a file name may have. */
const component: fc.Arbitrary<string> = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 12, unit: "grapheme-ascii" }),
    fc.uint8Array({ minLength: 1, maxLength: 255 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  )
  .map((name) => name.replaceAll(/[/\0]/g, "_"))
  .map((name) => (name === "." || name === ".." ? "dots" : name));

const path = fc
  .array(component, { minLength: 1, maxLength: 14 })
  .map((parts) => parts.join("/"))
  .filter((joined) => joined.length <= 4096);

const id = fc.oneof(fc.nat(65535), fc.constantFrom(2_097_151, 2_097_152, 0xffff_fffe));

const time = fc.oneof(
  fc.nat(2 ** 31),
  fc.constantFrom(8 ** 11 - 1, 8 ** 11, -1),
  fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
);

const xattrs = fc.option(
  fc.dictionary(
    fc.constantFrom("security.capability", "user.a", "user.b\xff", "user.long name"),
    fc.uint8Array({ maxLength: 300 }),
    { minKeys: 1 },
  ),
  { nil: undefined },
);

const type = fc.constantFrom<EntryType>(
  "file",
  "file",
  "file",
  "directory",
  "symlink",
  "hardlink",
  "char",
  "block",
  "fifo",
);

/** Any entry that a canonical tar can hold, with its content. */
export const arbitraryEntry: fc.Arbitrary<ArbitraryEntry> = fc
  .record({
    path,
    type,
    mode: fc.nat(0o7777),
    uid: id,
    gid: id,
    mtimeSeconds: time,
    target: path,
    major: fc.nat(0xfff),
    minor: fc.nat(0xf_ffff),
    xattrs,
    content: fc.uint8Array({ maxLength: 1500 }),
  })
  .map(({ target, major, minor, content, ...rest }) => {
    const isDevice = rest.type === "char" || rest.type === "block";
    const isLink = rest.type === "symlink" || rest.type === "hardlink";
    const bytes = rest.type === "file" ? Buffer.from(content) : Buffer.alloc(0);
    const attributes = Object.entries(rest.xattrs ?? {}).map(
      ([name, value]) => [name, Buffer.from(value)] as const,
    );
    return {
      content: bytes,
      entry: entry(rest.path, {
        ...rest,
        size: bytes.length,
        linkTarget: isLink ? target.slice(0, 4000) : undefined,
        deviceMajor: isDevice ? major : 0,
        deviceMinor: isDevice ? minor : 0,
        xattrs: rest.xattrs && new Map(attributes),
      }),
    };
  });
