import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { hasErrno, setXattr } from "@tsbuild/runner-native";

/** The time of everything in the base. */
export const old = 1_000_000_000;

/** The base of the rows below, in two layers: bottom first; a directory ends in "/", "name -> target" and "name = other" are links. */
export const runBase: readonly (readonly string[])[] = [
  [
    "big",
    "d/",
    "d/one",
    "d/sub/",
    "d/sub/three",
    "d/twin",
    "d/two",
    "empty/",
    "etc/",
    "etc/a",
    "etc/b",
    "etc/b2 = etc/b",
    "etc/deep/",
    "etc/deep/er/",
    "etc/deep/er/file",
    "etc/link -> a",
    "etc/twin",
  ],
  ["etc/", "etc/top"],
];

/** The content of a file of the base. */
export function baseContent(path: string): string {
  return path.endsWith("/twin") ? "twin" : `content of ${path}`;
}

/** What a RUN does at the root of its tree, and what its layer must hold: "type path", "- path" for a whiteout. */
export type RunRow = readonly [
  name: string,
  act: (at: string) => void,
  want: readonly string[],
  needs?: "several ids",
];

/** Version 2, then tag, permissions and id of each entry: 0644 with a named user (linux/posix_acl_xattr.h). */
const accessList = Buffer.from(
  [
    "02000000",
    "01000600ffffffff",
    "0200040000000000",
    "04000400ffffffff",
    "10000400ffffffff",
    "20000400ffffffff",
  ].join(""),
  "hex",
);

/** What belongs to a RUN layer, sentence by sentence. */
export const runRows: readonly RunRow[] = [
  ["nothing at all", () => {}, []],
  ["reading", (at) => void readdirSync(join(at, "etc")), []],
  ["a new file", (at) => writeFileSync(join(at, "new"), "x"), ["file new"]],
  [
    "a new file in an old directory brings the directories above it",
    (at) => writeFileSync(join(at, "etc/deep/er/new"), "x"),
    ["directory etc", "directory etc/deep", "directory etc/deep/er", "file etc/deep/er/new"],
  ],
  ["a changed file", (at) => writeFileSync(join(at, "etc/a"), "changed"), ["directory etc", "file etc/a"]],
  [
    "content changed with size and time as before",
    (at) => {
      writeFileSync(join(at, "etc/a"), "CONTENT of etc/a");
      utimesSync(join(at, "etc/a"), old, old);
    },
    ["directory etc", "file etc/a"],
  ],
  ["a touched file", (at) => utimesSync(join(at, "etc/a"), old, old + 1), ["directory etc", "file etc/a"]],
  ["a file opened for writing and left alone", (at) => closeSync(openSync(join(at, "etc/a"), "r+")), []],
  [
    "a mode changed and changed back",
    (at) => {
      chmodSync(join(at, "etc/deep/er/file"), 0o600);
      chmodSync(join(at, "etc/deep/er/file"), 0o644);
    },
    [],
  ],
  ["a changed mode of a directory", (at) => chmodSync(join(at, "empty"), 0o700), ["directory empty"]],
  ["a changed owner", (at) => chownSync(join(at, "big"), 7, 8), ["file big"], "several ids"],
  ["the time of a directory alone", (at) => utimesSync(join(at, "empty"), 5, 5), []],
  [
    "a file made and removed",
    (at) => {
      writeFileSync(join(at, "etc/deep/temporary"), "");
      unlinkSync(join(at, "etc/deep/temporary"));
    },
    [],
  ],
  ["a removed file", (at) => unlinkSync(join(at, "etc/a")), ["directory etc", "- etc/a"]],
  ["a removed directory", (at) => rmSync(join(at, "d"), { recursive: true }), ["- d"]],
  [
    "a directory removed and made again has a whiteout for each old name",
    (at) => {
      rmSync(join(at, "d"), { recursive: true });
      mkdirSync(join(at, "d/sub"), { recursive: true });
      writeFileSync(join(at, "d/one"), "new one");
    },
    ["directory d", "file d/one", "directory d/sub", "- d/sub/three", "- d/twin", "- d/two"],
  ],
  [
    "a directory removed and put back as it was",
    (at) => {
      cpSync(join(at, "d"), join(at, "copy"), { recursive: true, preserveTimestamps: true });
      rmSync(join(at, "d"), { recursive: true });
      renameSync(join(at, "copy"), join(at, "d"));
    },
    [],
  ],
  [
    "a file in place of a directory",
    (at) => {
      rmSync(join(at, "d"), { recursive: true });
      writeFileSync(join(at, "d"), "");
    },
    ["file d"],
  ],
  [
    "a directory in place of a file",
    (at) => {
      unlinkSync(join(at, "big"));
      mkdirSync(join(at, "big"));
    },
    ["directory big"],
  ],
  [
    "a link changed",
    (at) => {
      unlinkSync(join(at, "etc/link"));
      symlinkSync("b", join(at, "etc/link"));
    },
    ["directory etc", "symlink etc/link"],
  ],
  [
    "a link made again, time and all",
    (at) => {
      unlinkSync(join(at, "etc/link"));
      symlinkSync("a", join(at, "etc/link"));
      lutimesSync(join(at, "etc/link"), old, old);
    },
    [],
  ],
  [
    "a new hard link to an old file is a copy, and the old name is not listed",
    (at) => linkSync(join(at, "etc/a"), join(at, "etc/linked")),
    ["directory etc", "file etc/linked"],
  ],
  [
    "new hard links of a new file, the first by bytes holding the data",
    (at) => {
      writeFileSync(join(at, "n"), "x");
      linkSync(join(at, "n"), join(at, "m"));
      linkSync(join(at, "n"), join(at, "etc/l"));
    },
    ["directory etc", "file etc/l", "hardlink m etc/l", "hardlink n etc/l"],
  ],
  [
    "two equal files that become one",
    (at) => {
      unlinkSync(join(at, "d/twin"));
      linkSync(join(at, "etc/twin"), join(at, "d/twin"));
    },
    ["directory d", "file d/twin", "directory etc", "hardlink etc/twin d/twin"],
  ],
  [
    "a changed mode of one of two old links",
    (at) => chmodSync(join(at, "etc/b2"), 0o600),
    ["directory etc", "file etc/b2"],
  ],
  ["the mode of the root", (at) => chmodSync(at, 0o700), ["directory "]],
  [
    "attributes that are kept",
    (at) => setXattr(join(at, "etc/a"), "user.mine", Buffer.from("x")),
    ["directory etc", "file etc/a"],
  ],
  [
    "attributes that are not kept",
    (at) => setXattr(join(at, "etc/a"), "system.posix_acl_access", accessList),
    [],
  ],
  ["a marker of overlayfs that the RUN forged", (at) => forgeMarker(join(at, "empty")), []],
];

/** In a user namespace kernels before 6.7 keep their markers to themselves: then there is nothing to strip. */
function forgeMarker(path: string): void {
  try {
    setXattr(path, "user.overlay.opaque", Buffer.from("y"));
  } catch (error) {
    if (!hasErrno(error, "EOPNOTSUPP")) throw error;
  }
}
