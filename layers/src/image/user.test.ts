import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryView } from "../../testing/memory-view.ts";
import { resolveOwner } from "./owner.ts";
import { ociUser, resolveUser } from "./user.ts";

const view = memoryView({
  "etc/passwd": [
    "root:x:0:0:root:/root:/bin/sh",
    "app:x:1000:1001::/home/app:/bin/sh",
    "app:x:2000:2000::/second:/bin/sh",
    "noname",
    "broken:x:4294967296:0::/:/bin/sh",
    "minus:x:-1:0::/:/bin/sh",
    "",
  ].join("\n"),
  "etc/group": [
    "root:x:0:",
    "app:x:1001:",
    "tools:x:50:app,other",
    "audio:x:29:other,app",
    "big:x:99999999999:app",
  ].join("\n"),
});

for (const [name, spec, want] of [
  ["nothing is root", "", { uid: 0, gid: 0, groups: [], home: "/root" }],
  [
    "a name has its group, its supplementary groups and its home",
    "app",
    { uid: 1000, gid: 1001, groups: [50, 29], home: "/home/app" },
  ],
  [
    "an id that has an entry is that user",
    "1000",
    { uid: 1000, gid: 1001, groups: [50, 29], home: "/home/app" },
  ],
  ["an id without an entry has group 0", "4711", { uid: 4711, gid: 0, groups: [], home: "/" }],
  ["leading zeros are digits", "00", { uid: 0, gid: 0, groups: [], home: "/root" }],
  ["a named group drops the others", "app:tools", { uid: 1000, gid: 50, groups: [], home: "/home/app" }],
  ["a numeric group needs no entry", "app:7", { uid: 1000, gid: 7, groups: [], home: "/home/app" }],
  ["an empty group is none", "1000:", { uid: 1000, gid: 1001, groups: [50, 29], home: "/home/app" }],
  ["an empty user is root", ":50", { uid: 0, gid: 50, groups: [], home: "/root" }],
  ["the largest id", "2147483647", { uid: 2147483647, gid: 0, groups: [], home: "/" }],
] as const)
  test(`user: ${name}`, async () => assert.deepEqual(await resolveUser(view, spec), want));

for (const [name, spec, code] of [
  ["an unknown name", "nobody", "USER_UNKNOWN"],
  ["an unknown group", "app:phantom", "USER_UNKNOWN"],
  ["a plus sign", "+0", "USER_UNKNOWN"],
  ["a minus sign", "-1", "USER_UNKNOWN"],
  ["a space", " 0", "USER_UNKNOWN"],
  ["a line end", "root\n", "USER_UNKNOWN"],
  ["a second colon", "app:50:1", "USER_UNKNOWN"],
  ["an entry whose id is too large", "broken", "USER_UNKNOWN"],
  ["an entry whose id is negative", "minus", "USER_UNKNOWN"],
  ["2^31, which wraps in other tools", "2147483648", "USER_INVALID"],
  ["2^32 - 1", "4294967295", "USER_INVALID"],
  ["2^32, which is 0 in 32 bits", "4294967296", "USER_INVALID"],
  ["a large group", "0:4294967296", "USER_INVALID"],
] as const)
  test(`user: refused is ${name}`, () => assert.rejects(resolveUser(view, spec), { code }));

test("user: an image without files knows ids only", async () => {
  const empty = memoryView({});
  assert.deepEqual(await resolveUser(empty, "5:6"), { uid: 5, gid: 6, groups: [], home: "/" });
  assert.deepEqual(await resolveUser(empty, ""), { uid: 0, gid: 0, groups: [], home: "/" });
  await assert.rejects(resolveUser(empty, "root"), { code: "USER_UNKNOWN" });
});

test("user: only a regular file of reasonable size is read", async () => {
  const fifo = memoryView({ "etc/passwd": { type: "fifo" }, "etc/group": { type: "char" } });
  assert.equal((await resolveUser(fifo, "7")).gid, 0);
  const huge = memoryView({ "etc/passwd": "root:x:0:0::/root:\n", "etc/group": { size: 2 ** 31 } });
  await assert.rejects(resolveUser(huge, "root"), { code: "BLOB_TOO_LARGE" });
});

test("user: a link in /etc is followed inside the image", async () => {
  const linked = memoryView({
    "etc/passwd": { type: "symlink", linkTarget: "/../../usr/passwd" },
    "usr/passwd": "app:x:8:9::/:",
  });
  assert.equal((await resolveUser(linked, "app")).uid, 8);
});

for (const [name, user, want] of [
  ["root has none", { uid: 0, gid: 0, groups: [] }, { uid: 0, gid: 0 }],
  [
    "the own group is one of them",
    { uid: 1, gid: 2, groups: [3, 2] },
    { uid: 1, gid: 2, additionalGids: [2, 3] },
  ],
  ["even without others", { uid: 1, gid: 2, groups: [] }, { uid: 1, gid: 2, additionalGids: [2] }],
  ["root's group of another user", { uid: 5, gid: 0, groups: [] }, { uid: 5, gid: 0, additionalGids: [0] }],
  ["root's others", { uid: 0, gid: 0, groups: [9] }, { uid: 0, gid: 0, additionalGids: [0, 9] }],
] as const)
  test(`user: supplementary groups: ${name}`, () => assert.deepEqual(ociUser({ ...user, home: "/" }), want));

for (const [name, spec, want] of [
  ["a numeric user has the group of the same number", "55", { uid: 55, gid: 55, unknown: [] }],
  ["a named user has its own group", "app", { uid: 1000, gid: 1001, unknown: [] }],
  ["both by name", "app:tools", { uid: 1000, gid: 50, unknown: [] }],
  ["an unknown group leaves the user's", "5:phantom", { uid: 5, gid: 5, unknown: ["phantom"] }],
  ["a second colon belongs to the group's name", "5:6:7", { uid: 5, gid: 5, unknown: ["6:7"] }],
  ["an unknown user is root", "ghost", { uid: 0, gid: 0, unknown: ["ghost"] }],
  ["an unknown user with a group", "ghost:tools", { uid: 0, gid: 50, unknown: ["ghost"] }],
] as const)
  test(`owner: ${name}`, async () => assert.deepEqual(await resolveOwner(view, spec), want));

test("owner: ids beyond 2^31 - 1 are refused", () =>
  assert.rejects(resolveOwner(view, "1:2147483648"), { code: "USER_INVALID" }));
