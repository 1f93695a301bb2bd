import assert from "node:assert/strict";
import { test } from "node:test";
import { scratch, type TreeLine, viewOf } from "../../testing/trees.ts";
import { parseChmod } from "./chmod.ts";
import { type CopyPlan, type CopyPlanOptions, type CopySelection, createCopyPlan } from "./copy-plan.ts";
import { matchSources } from "../tree/match-sources.ts";

interface Case {
  /** The destination tree. */
  readonly onto?: readonly TreeLine[];
  /** The source tree; each `copy` names a pattern and where it goes. */
  readonly from: readonly TreeLine[];
  readonly copy: readonly (readonly [pattern: string, destination: string])[];
  readonly options?: Partial<CopyPlanOptions>;
  readonly selection?: CopySelection;
  /** `path`, type, mode, owner and time of each entry, or the error. */
  readonly want?: readonly string[];
  readonly fails?: string;
}

const plain: CopyPlanOptions = { chown: undefined, chmod: undefined, nowSeconds: 9 };
const files: readonly TreeLine[] = ["f: one", "g: two", "dir/", "dir/x: ex", "dir/sub/", "dir/sub/y: why"];

/** What is not usual is told: files 0644, directories 0755, owner 0:0, time 1000. */
function shown(plan: CopyPlan): string[] {
  return Array.from(plan.entries(), ({ entry, source }) => {
    const usual = entry.type === "directory" ? 0o755 : entry.type === "symlink" ? 0o777 : 0o644;
    const words = [`/${entry.path}${entry.type === "directory" ? "/" : ""}`];
    if (entry.linkTarget !== undefined) words.push(entry.type === "hardlink" ? "=" : "->", entry.linkTarget);
    else if (entry.type !== "file" && entry.type !== "directory") words.push(entry.type);
    if (entry.type === "file" && source === undefined) words.push("empty");
    if (entry.mode !== usual) words.push(entry.mode.toString(8));
    if (entry.uid !== 0 || entry.gid !== 0) words.push(`${entry.uid}:${entry.gid}`);
    if (entry.mtimeSeconds !== 1000) words.push(`@${entry.mtimeSeconds}`);
    return words.join(" ");
  });
}

function run({ onto = [], from, copy, options, selection }: Case): string[] {
  using directory = scratch();
  using below = viewOf(directory.path, onto);
  using view = viewOf(directory.path, from);
  const plan = createCopyPlan(below, { ...plain, ...options });
  for (const [pattern, destination] of copy) {
    const found = matchSources(view, pattern);
    if (found.kind === "missing") throw new Error(`missing ${found.path}`);
    for (const match of found.matches)
      plan.copy({ view, match, origin: "context", ...(selection && { selection }) }, destination);
  }
  return shown(plan);
}

const cases: Readonly<Record<string, Case>> = {
  "a file to a name that is free gets that name": { from: files, copy: [["f", "/app"]], want: ["/app"] },
  "a file to a directory goes into it": {
    onto: ["app/"],
    from: files,
    copy: [["f", "/app"]],
    want: ["/app/f"],
  },
  "a trailing slash makes a directory": { from: files, copy: [["f", "/app/"]], want: ["/app/ @9", "/app/f"] },
  "a trailing dot says directory too": { from: files, copy: [["f", "/app/."]], want: ["/app/ @9", "/app/f"] },
  "a file to the root": { from: files, copy: [["f", "/"]], want: ["/f"] },
  "missing parents are made": {
    from: files,
    copy: [["f", "/a/b/c"]],
    want: ["/a/ @9", "/a/b/ @9", "/a/b/c"],
  },
  "missing parents take --chown and an octal --chmod without its special bits": {
    from: files,
    copy: [["f", "/a/b"]],
    options: { chown: { uid: 5, gid: 6 }, chmod: parseChmod("2750") },
    want: ["/a/ 750 5:6 @9", "/a/b 2750 5:6"],
  },
  "a symbolic --chmod does not reach parents that are made": {
    from: files,
    copy: [["f", "/a/b"]],
    options: { chmod: parseChmod("u+x,go=") },
    want: ["/a/ @9", "/a/b 700"],
  },
  "a second --chmod leaves the parents that exist": {
    onto: [["parent/", { mode: 0o777 }]],
    from: files,
    copy: [["f", "/parent/sub/f"]],
    options: { chmod: parseChmod("770") },
    want: ["/parent/sub/ 770 @9", "/parent/sub/f 770"],
  },
  "a directory means its content": {
    from: files,
    copy: [["dir", "/app"]],
    want: ["/app/", "/app/sub/", "/app/sub/y", "/app/x"],
  },
  "a trailing slash of the source means nothing": {
    from: files,
    copy: [["dir/", "/app/"]],
    want: ["/app/", "/app/sub/", "/app/sub/y", "/app/x"],
  },
  "a new destination directory is plain, whatever the source is like; what is below keeps its modes": {
    from: [
      ["d/", { mode: 0o2700, uid: 7, mtimeSeconds: 55 }],
      ["d/e/", { mode: 0o2700, uid: 7 }],
    ],
    copy: [["d", "/app"]],
    want: ["/app/ @55", "/app/e/ 2700 7:0"],
  },
  "an existing destination directory keeps owner and mode and takes the source's time": {
    onto: [["app/", { mode: 0o700, uid: 3, mtimeSeconds: 44 }]],
    from: [["d/", { mode: 0o750, uid: 7, mtimeSeconds: 55 }], "d/x"],
    copy: [["d", "/app"]],
    options: { chown: { uid: 5, gid: 5 }, chmod: parseChmod("644") },
    want: ["/app/ 700 3:0 @55", "/app/x empty 5:5"],
  },
  "the root of a source has no time of its own": {
    from: ["x"],
    copy: [[".", "/app"]],
    want: ["/app/ @9", "/app/x empty"],
  },
  "a directory that is there below the destination takes the source's metadata": {
    onto: ["app/", ["app/sub/", { mode: 0o700, uid: 3 }]],
    from: files,
    copy: [["dir", "/app/"]],
    want: ["/app/", "/app/sub/", "/app/sub/y", "/app/x"],
  },
  "an empty directory onto one that exists changes nothing": {
    onto: ["app/"],
    from: ["d/"],
    copy: [["d", "/app"]],
    want: [],
  },
  "an octal --chmod reaches directories below the destination": {
    from: files,
    copy: [["dir", "/app"]],
    options: { chmod: parseChmod("4711") },
    want: ["/app/ 711", "/app/sub/ 4711", "/app/sub/y 4711", "/app/x 4711"],
  },
  "several sources go one by one": {
    from: files,
    copy: [
      ["f", "/app/"],
      ["dir", "/app/"],
      ["g", "/app/"],
    ],
    want: ["/app/", "/app/f", "/app/g", "/app/sub/", "/app/sub/y", "/app/x"],
  },
  "a later source replaces an earlier file": {
    from: ["a/n: one", ["b/n: second", { mode: 0o600 }]],
    copy: [
      ["a/n", "/n"],
      ["b/n", "/n"],
    ],
    want: ["/n 600"],
  },
  "a wildcard's matches keep their names, its directories give their content": {
    from: files,
    copy: [["*", "/app/"]],
    want: ["/app/", "/app/f", "/app/g", "/app/sub/", "/app/sub/y", "/app/x"],
  },
  "a wildcard that matches nothing does nothing": { from: files, copy: [["nothing*", "/app/"]], want: [] },
  "a wildcard never crosses a slash": {
    from: files,
    copy: [
      ["*/y", "/app/"],
      ["*/*/y", "/app/"],
    ],
    want: ["/app/ @9", "/app/y"],
  },
  "a named link is followed": {
    from: [...files, "l -> dir/x"],
    copy: [["l", "/app/"]],
    want: ["/app/ @9", "/app/l"],
  },
  "a matched link is followed": {
    from: ["d/x: ex", "l1 -> d/x"],
    copy: [["l*", "/app/"]],
    want: ["/app/ @9", "/app/l1"],
  },
  "a link to a directory gives the directory's content": {
    from: [...files, "l -> dir/sub"],
    copy: [["l", "/app"]],
    want: ["/app/", "/app/y"],
  },
  "a link inside a copied directory stays a link": {
    from: ["d/", ["d/l -> /etc/passwd", { mode: 0o777 }]],
    copy: [["d", "/app"]],
    options: { chmod: parseChmod("600"), chown: { uid: 1, gid: 1 } },
    want: ["/app/ 600 1:1", "/app/l -> /etc/passwd 1:1"],
  },
  "a source path climbs no higher than its root": {
    from: files,
    copy: [
      ["../../f", "/a"],
      ["/../g", "/b"],
    ],
    want: ["/a", "/b"],
  },
  "a link in the destination is resolved in the tree": {
    onto: ["real/", "abs -> /real", "up -> ../../real"],
    from: files,
    copy: [
      ["f", "/abs/"],
      ["g", "/up/new"],
    ],
    want: ["/real/f", "/real/new"],
  },
  "a destination that is a link to a file writes the file": {
    onto: ["real: old", "l -> real"],
    from: files,
    copy: [["f", "/l"]],
    want: ["/real"],
  },
  "parents are made behind a dangling link": {
    onto: ["l -> /far/away"],
    from: files,
    copy: [["f", "/l/n"]],
    want: ["/far/ @9", "/far/away/ @9", "/far/away/n"],
  },
  "a directory onto a link to a directory goes behind the link": {
    onto: ["real/", "l -> real"],
    from: files,
    copy: [["dir/sub", "/l"]],
    want: ["/real/", "/real/y"],
  },
  "a file replaces a link below the destination": {
    onto: ["app/x -> ../elsewhere"],
    from: files,
    copy: [["dir", "/app"]],
    want: ["/app/", "/app/sub/", "/app/sub/y", "/app/x"],
  },
  "a directory onto a link below the destination is refused": {
    onto: ["app/sub -> /etc"],
    from: files,
    copy: [["dir", "/app"]],
    fails: "cannot copy to non-directory: /app/sub",
  },
  "a directory onto a file below the destination is refused": {
    onto: ["app/sub"],
    from: files,
    copy: [["dir", "/app"]],
    fails: "cannot copy to non-directory: /app/sub",
  },
  "a directory onto a file is refused": {
    onto: ["app"],
    from: files,
    copy: [["dir", "/app"]],
    fails: "cannot copy to non-directory: /app",
  },
  "a file onto a directory below the destination is refused": {
    onto: ["app/x/"],
    from: files,
    copy: [["dir", "/app"]],
    fails: "cannot replace to directory /app/x with file",
  },
  "a file into a directory that has a directory of its name is refused": {
    onto: ["app/f/"],
    from: files,
    copy: [["f", "/app/"]],
    fails: "cannot replace to directory /app/f with file",
  },
  "a destination below a file is refused": {
    onto: ["app"],
    from: files,
    copy: [["f", "/app/x"]],
    fails: "cannot copy to non-directory: /app",
  },
  "a trailing slash after a file is refused": {
    onto: ["app"],
    from: files,
    copy: [["f", "/app/"]],
    fails: "cannot copy to non-directory: /app",
  },
  "links in the destination that lead to each other are refused": {
    onto: ["a -> b", "b -> a"],
    from: files,
    copy: [["f", "/a/x"]],
    fails: '"/a/x" goes through more than 40 symbolic links',
  },
  "hard links within one source stay hard links, and are separate files from one source to the next": {
    from: ["d/", "d/b: data", "d/a = d/b", "e/", "e/c = d/b", "z: data"],
    copy: [
      ["d", "/app/"],
      ["e", "/app/"],
      ["z", "/app/"],
    ],
    want: ["/app/", "/app/a", "/app/b = app/a", "/app/c", "/app/z"],
  },
  "a hard link outlives the name that is replaced": {
    from: ["d/", "d/a: data", "d/b = d/a", "n/", ["n/a: other", { mode: 0o600 }]],
    copy: [
      ["d", "/app/"],
      ["n", "/app/"],
    ],
    want: ["/app/", "/app/a 600", "/app/b"],
  },
  "devices and fifos are copied, modes with them": {
    from: [
      "d/",
      ["d/null", { type: "char", deviceMajor: 1, deviceMinor: 3, mode: 0o666 }],
      ["d/p", { type: "fifo" }],
    ],
    copy: [["d", "/dev2"]],
    want: ["/dev2/", "/dev2/null char 666", "/dev2/p fifo"],
  },
  "sources keep their owners unless --chown says otherwise": {
    from: [["f", { uid: 8, gid: 9, mode: 0o4755 }]],
    copy: [["f", "/f"]],
    want: ["/f empty 4755 8:9"],
  },
  "a bad pattern is an error": { from: files, copy: [["f[", "/x/"]], fails: 'syntax error in pattern "f["' },
  "a backslash before a wildcard is part of the name": {
    from: ["[x]", "\\[y]"],
    copy: [
      ["\\[y]", "/y"],
      ["\\[x]", "/x"],
    ],
    fails: "missing \\[x]",
  },
  "a wildcard in brackets names itself": { from: ["[x]", "x"], copy: [["[[]x]", "/x"]], want: ["/x empty"] },
  "a missing path is told": { from: files, copy: [["none", "/x/"]], fails: "missing none" },
  "what is left out stays out, and a directory comes only for what is in it": {
    from: files,
    copy: [["dir", "/app"]],
    selection: { selects: (path) => path === "sub/y", mayEnter: () => true },
    want: ["/app/", "/app/sub/", "/app/sub/y"],
  },
  "a directory that need not be entered is not": {
    from: files,
    copy: [["dir", "/app"]],
    selection: { selects: () => true, mayEnter: (path) => path !== "sub" },
    want: ["/app/", "/app/sub/", "/app/x"],
  },
};
for (const [name, it] of Object.entries(cases))
  test(name, () => {
    if (it.fails === undefined) assert.deepEqual(run(it), it.want);
    else
      assert.throws(
        () => run(it),
        (error: Error) => error.message.startsWith(it.fails as string),
      );
  });

test("a heredoc is a file of root by the same rules", () => {
  using directory = scratch();
  using below = viewOf(directory.path, ["app/"]);
  const plan = createCopyPlan(below, { ...plain, chmod: parseChmod("+x") });
  plan.file("EOF", Buffer.from("text"), "/app");
  plan.file("other", Buffer.from(""), "/new/name");
  assert.deepEqual(shown(plan), ["/app/EOF 755 @9", "/new/ @9", "/new/name 755 @9"]);
});

test("WORKDIR makes what is missing, for its user, behind links, and leaves the rest", () => {
  using directory = scratch();
  using below = viewOf(directory.path, ["srv/", "www -> /srv"]);
  const plan = createCopyPlan(below, { ...plain, chown: { uid: 55, gid: 55 } });
  plan.directory("/www/a/b");
  plan.directory("/srv");
  assert.deepEqual(shown(plan), ["/srv/a/ 55:55 @9", "/srv/a/b/ 55:55 @9"]);
});
