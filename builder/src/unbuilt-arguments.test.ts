import assert from "node:assert/strict";
import { test } from "node:test";
import { unbuiltArguments } from "./unbuilt-arguments.ts";

test("arguments that ask for what is not built are named, unless they are switched off", () => {
  const said = unbuiltArguments({ BUILDKIT_INLINE_CACHE: "1", BUILDKIT_MULTI_PLATFORM: "true", OTHER: "1" });
  assert.equal(said.length, 2);
  assert.match(said[0] ?? "", /BUILDKIT_INLINE_CACHE asks for a cache inside the image/);
  assert.deepEqual(unbuiltArguments({ BUILDKIT_INLINE_CACHE: "0", BUILDKIT_MULTI_PLATFORM: "" }), []);
});
