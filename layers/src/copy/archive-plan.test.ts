import assert from "node:assert/strict";
import { test } from "node:test";
import { entry, scratch, type TreeLine, viewOf } from "../../testing/trees.ts";
import type { TarEntry } from "../tar/entry.ts";
import type { ArchiveEntry } from "./archive-plan.ts";
import { createCopyPlan } from "./copy-plan.ts";

interface Case {
  readonly onto?: readonly TreeLine[];
  readonly archive: readonly TarEntry[];
  readonly destination: string;
  readonly want?: readonly string[];
  readonly code?: string;
}

const directory = (name: string, fields: Partial<TarEntry> = {}): TarEntry =>
  entry(name, { type: "directory", ...fields });
const link = (name: string, linkTarget: string): TarEntry => entry(name, { type: "symlink", linkTarget });
const hard = (name: string, linkTarget: string): TarEntry => entry(name, { type: "hardlink", linkTarget });
const file = (name: string, fields: Partial<TarEntry> = {}): TarEntry => entry(name, { size: 1, ...fields });

function run({ onto = [], archive, destination }: Case): string[] {
  using place = scratch();
  using below = viewOf(place.path, onto);
  const plan = createCopyPlan(below, { chown: undefined, chmod: undefined, nowSeconds: 9 });
  const entries: ArchiveEntry[] = archive.map((it) => ({
    entry: it,
    content: { kind: "bytes", bytes: Buffer.from("x") },
  }));
  plan.unpack(entries, destination);
  const lines = Array.from(plan.entries(), ({ entry: it }) =>
    [
      `/${it.path}${it.type === "directory" ? "/" : ""}`,
      ...(it.linkTarget === undefined ? [] : [it.type === "hardlink" ? "=" : "->", it.linkTarget]),
      ...(it.mode === (it.type === "directory" ? 0o755 : it.type === "symlink" ? 0o777 : 0o644)
        ? []
        : [it.mode.toString(8)]),
      ...(it.uid === 0 ? [] : [`${it.uid}:${it.gid}`]),
      ...(it.mtimeSeconds === 1000 ? [] : [`@${it.mtimeSeconds}`]),
    ].join(" "),
  );
  return [...lines, ...plan.opaques().map((path) => `/${path}/ opaque`)];
}

const cases: Readonly<Record<string, Case>> = {
  "entries land below the destination, which is made": {
    archive: [directory("d", { uid: 3, gid: 3 }), file("d/f", { mode: 0o4755, uid: 4, gid: 5 })],
    destination: "/app",
    want: ["/app/ @9", "/app/d/ 3:3", "/app/d/f 4755 4:5"],
  },
  "the archive's root leaves the destination as it is": {
    onto: [["app/", { mode: 0o700 }]],
    archive: [directory("", { mode: 0o777, uid: 7 }), file("f")],
    destination: "/app",
    want: ["/app/f"],
  },
  "parents that are not listed are root's": {
    archive: [file("etc/dnf/dnf.conf", { uid: 7, gid: 7 })],
    destination: "/",
    want: ["/etc/ @9", "/etc/dnf/ @9", "/etc/dnf/dnf.conf 7:7"],
  },
  "a directory that is there takes the archive's metadata and keeps its content": {
    onto: ["app/d/", "app/d/old"],
    archive: [directory("d", { mode: 0o700 })],
    destination: "/app",
    want: ["/app/d/ 700"],
  },
  "a directory entry replaces a link": {
    onto: ["l -> real", "real/"],
    archive: [directory("l"), file("l/f")],
    destination: "/",
    want: ["/l/", "/l/f"],
  },
  "an entry below a link is written through it": {
    onto: ["l -> /real", "real/"],
    archive: [file("l/f")],
    destination: "/",
    want: ["/real/f"],
  },
  "a link that climbs stays inside the destination": {
    onto: ["app/l -> ../../../real"],
    archive: [file("l/f")],
    destination: "/app",
    want: ["/app/real/ @9", "/app/real/f"],
  },
  "an absolute link starts at the destination": {
    onto: ["app/l -> /real", "real/"],
    archive: [file("l/f"), hard("g", "l/f")],
    destination: "/app",
    want: ["/app/g", "/app/real/ @9", "/app/real/f = app/g"],
  },
  "a destination that is a link is resolved in the whole tree": {
    onto: ["app -> /real", "real/"],
    archive: [file("f")],
    destination: "/app",
    want: ["/real/f"],
  },
  "an entry below a file that a link leads to is refused": {
    onto: ["app/l -> /f", "app/f"],
    archive: [file("l/x")],
    destination: "/app",
    code: "COPY_CONFLICT",
  },
  "a link of the archive itself is followed too": {
    archive: [link("l", "/real"), file("l/f")],
    destination: "/",
    want: ["/l -> /real", "/real/ @9", "/real/f"],
  },
  "a file replaces a link, not its target": {
    onto: ["l -> real", "real"],
    archive: [file("l")],
    destination: "/",
    want: ["/l"],
  },
  "a file replaces a directory": { onto: ["d/x"], archive: [file("d")], destination: "/", want: ["/d"] },
  "a directory that comes back after that is empty": {
    onto: ["d/x"],
    archive: [file("d"), directory("d"), file("d/y")],
    destination: "/",
    want: ["/d/", "/d/y", "/d/ opaque"],
  },
  "a later entry replaces an earlier one": {
    archive: [file("f", { mode: 0o600 }), file("f")],
    destination: "/",
    want: ["/f"],
  },
  "a file replaces a directory of the archive with what is in it": {
    archive: [file("d/x"), file("d")],
    destination: "/",
    want: ["/d"],
  },
  "hard links of the archive stay hard links": {
    archive: [file("b"), hard("a", "b"), hard("c", "./a")],
    destination: "/x",
    want: ["/x/ @9", "/x/a", "/x/b = x/a", "/x/c = x/a"],
  },
  "a hard link through a link of the tree": {
    onto: ["act -> /run/act"],
    archive: [file("act/f"), hard("g", "act/f")],
    destination: "/",
    want: ["/g", "/run/ @9", "/run/act/ @9", "/run/act/f = g"],
  },
  "a hard link to a file that was there is a copy": {
    onto: [["old: data", { mode: 0o600 }]],
    archive: [hard("new", "old")],
    destination: "/",
    want: ["/new 600"],
  },
  "dot-dot is refused": { archive: [file("../x")], destination: "/app", code: "TAR_ESCAPES" },
  "a hard link out is refused": {
    archive: [hard("x", "../../etc/passwd")],
    destination: "/app",
    code: "TAR_ESCAPES",
  },
  "a hard link to nothing is refused": { archive: [hard("x", "y")], destination: "/", code: "TAR_INVALID" },
  "a hard link to itself is refused": {
    archive: [file("x"), hard("x", "x")],
    destination: "/",
    code: "TAR_INVALID",
  },
  "a hard link to a directory is refused": {
    archive: [directory("d"), hard("x", "d")],
    destination: "/",
    code: "TAR_INVALID",
  },
  "an entry below a file is refused": {
    onto: ["f"],
    archive: [file("f/x")],
    destination: "/",
    code: "COPY_CONFLICT",
  },
  "a destination that is a file is refused": {
    onto: ["f"],
    archive: [file("x")],
    destination: "/f",
    code: "COPY_CONFLICT",
  },
  "links that lead to each other are refused": {
    archive: [link("a", "b"), link("b", "a"), file("a/x")],
    destination: "/",
    code: "LINK_LOOP",
  },
  "a forged whiteout is refused": {
    archive: [entry("x", { type: "char" })],
    destination: "/",
    code: "TAR_INVALID",
  },
};
for (const [name, it] of Object.entries(cases))
  test(name, () => {
    if (it.code === undefined) assert.deepEqual(run(it), it.want);
    else assert.throws(() => run(it), { code: it.code });
  });

test("--chown applies to what the archive lists", () => {
  using place = scratch();
  using below = viewOf(place.path, []);
  const plan = createCopyPlan(below, { chown: { uid: 5, gid: 6 }, chmod: undefined, nowSeconds: 9 });
  plan.unpack([{ entry: file("a/f", { uid: 1 }), content: undefined }], "/app");
  const owners = Array.from(plan.entries(), ({ entry: it }) => `${it.path} ${it.uid}:${it.gid}`);
  assert.deepEqual(owners, ["app 5:6", "app/a 0:0", "app/a/f 5:6"]);
});

test("directories replaced again and again take no quadratic time", () => {
  using place = scratch();
  using below = viewOf(place.path, []);
  const plan = createCopyPlan(below, { chown: undefined, chmod: undefined, nowSeconds: 9 });
  const many = Array.from({ length: 20_000 }, (_, at) => file(`f${at}`));
  const replacing = Array.from({ length: 5_000 }, () => [file("d/x"), file("d"), directory("d")]).flat();
  plan.unpack(
    [...many, ...replacing].map((it) => ({ entry: it, content: undefined })),
    "/",
  );
  assert.equal([...plan.entries()].length, 20_001);
});
