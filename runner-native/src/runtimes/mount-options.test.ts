import assert from "node:assert/strict";
import { test } from "node:test";
import { planMount, planOverlay } from "./mount-options.ts";

const rows: readonly (readonly [string, readonly string[], ReturnType<typeof planMount>])[] = [
  ["nothing", [], { flags: 0, attributes: 0, data: "" }],
  ["a recursive read-only bind", ["rbind", "ro", "rprivate"], { flags: 1, attributes: 1, data: "" }],
  [
    "recursive attributes are the plain ones",
    ["rbind", "rro", "rnoexec"],
    { flags: 1, attributes: 9, data: "" },
  ],
  [
    "all attributes",
    ["ro", "nosuid", "nodev", "noexec", "noatime"],
    { flags: 0, attributes: 0x1f, data: "" },
  ],
  [
    "the file system's own options stay",
    ["mode=755", "size=64k", "nosuid"],
    { flags: 0, attributes: 2, data: "mode=755,size=64k" },
  ],
];
for (const [name, options, want] of rows)
  test(`mount options: ${name}`, () => assert.deepEqual(planMount(options), want));

test("an overlay's directories are taken out of its options", () => {
  const options = ["ro", "lowerdir+=/a:b,c", "upperdir=/u", "lowerdir+=/d", "workdir=/w", "index=on"];
  const want = { flags: 0, attributes: 1, data: "", layers: ["/u", "/w", "/a:b,c", "/d"] };
  assert.deepEqual(planOverlay(options), want);
  assert.throws(() => planOverlay(["lowerdir+=/a", "upperdir=/u"]), /workdir/);
});
