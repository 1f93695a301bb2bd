import assert from "node:assert/strict";
import test from "node:test";
import { TsbuildError } from "@tsbuild/layers";
import fc from "fast-check";
import { uploadUrl } from "./session.ts";

const asked = new URL("https://registry.example/v2/a/blobs/uploads/");
const digest = "sha256:00";
const added = "digest=sha256%3A00";

for (const [name, location, expected] of [
  ["relative", "/v2/a/blobs/uploads/1", `https://registry.example/v2/a/blobs/uploads/1?${added}`],
  ["relative to the request", "1", `https://registry.example/v2/a/blobs/uploads/1?${added}`],
  ["absolute", "https://s.example/1", `https://s.example/1?${added}`],
  ["without scheme", "//s.example/1", `https://s.example/1?${added}`],
  ["with a state", "/u?_state=a%2Fb+c%3D&x", `https://registry.example/u?_state=a%2Fb+c%3D&x&${added}`],
  ["with an empty query", "/u?", `https://registry.example/u?${added}`],
  ["with a fragment", "/u?a#b", `https://registry.example/u?a&${added}#b`],
] as const)
  test(`the place of an upload, ${name}`, () => {
    assert.equal(uploadUrl({ headers: { location }, url: asked }, digest).href, expected);
  });

test("no place, or one that is no URL, is an error", () => {
  for (const headers of [{}, { location: "http://[" }])
    assert.throws(() => uploadUrl({ headers, url: asked }, digest), { code: "REGISTRY_PROTOCOL" });
});

test("any Location is a URL that ends its query with our digest, or an error of ours", () => {
  const piece = fc.constantFrom(
    "http://",
    "https:",
    "//",
    "/",
    "?",
    "&",
    "=",
    "#",
    "%",
    "%2F",
    "[",
    "a",
    "@",
    "\\",
    " ",
    "é",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      try {
        const url = uploadUrl({ headers: { location: pieces.join("") }, url: asked }, digest);
        assert.ok(url.search.endsWith(added));
      } catch (error) {
        assert.ok(error instanceof TsbuildError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});
