import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { scanReference } from "./grammar.ts";
import { matchesFamiliar } from "./pattern.ts";
import {
  canonicalForm,
  familiarForm,
  normalise,
  parseImageArgument,
  parseReference,
  withDefaultTag,
  withoutShadowedTag,
} from "./reference.ts";

const hex = "0123456789abcdef".repeat(4);

for (const [name, input, canonical, familiar] of [
  ["one word is an official image", "debian", "docker.io/library/debian", "debian"],
  ["a namespace stays on docker.io", "team/app:2", "docker.io/team/app:2", "team/app:2"],
  ["the old name of docker.io", "index.docker.io/debian", "docker.io/library/debian", "debian"],
  ["localhost is a registry", "localhost/app", "localhost/app", "localhost/app"],
  ["a port makes a registry", "host:5000/app", "host:5000/app", "host:5000/app"],
  ["without a slash the port is a tag", "host:5000", "docker.io/library/host:5000", "host:5000"],
  ["a capital makes a registry", "Host/app", "Host/app", "Host/app"],
  ["an IPv6 registry", "[::1]:5000/a/b", "[::1]:5000/a/b", "[::1]:5000/a/b"],
  ["tag and digest", `a:t@sha256:${hex}`, `docker.io/library/a:t@sha256:${hex}`, `a:t@sha256:${hex}`],
  ["two underscores", "a__b", "docker.io/library/a__b", "a__b"],
  ["many dashes", "a-----b", "docker.io/library/a-----b", "a-----b"],
  ["a host that is none", "a_b.c/d", "a_b.c/d", "a_b.c/d"],
] as const)
  test(`reads a name: ${name}`, () => {
    const reference = parseReference(input);
    assert.equal(canonicalForm(reference), canonical);
    assert.equal(familiarForm(reference), familiar);
  });

for (const [name, input, problem] of [
  ["nothing", "", "format"],
  ["an upper-case repository", "team/App", "uppercase"],
  ["an image ID", hex, "identifier"],
  ["three underscores", "a___b", "format"],
  ["a scheme", "https://host/app", "format"],
  ["an empty tag", "app:", "format"],
  ["a tag of 129 characters", `app:${"x".repeat(129)}`, "format"],
  ["a space", "a b", "format"],
  ["a newline at the end", "app\n", "format"],
  ["a zone in the address", "[fe80::1%eth0]/app", "format"],
  ["a path of 256 characters", `host.x/${"a".repeat(256)}`, "name-too-long"],
  ["a short digest", "a@sha256:0123456789abcdef0123456789abcdef", "digest-length"],
  ["a digest in capitals", `a@sha256:${hex.toUpperCase()}`, "digest-format"],
  ["another algorithm", `a@sha512:${hex}${hex}`, "digest-unsupported"],
  ["something behind the digest", `a@sha256:${hex}:t`, "format"],
] as const)
  test(`refuses ${name}`, () => {
    assert.equal(normalise(input), problem);
    assert.throws(() => parseReference(input), { code: "REFERENCE_INVALID", exitCode: 2 });
  });

test("an unfinished name tells the empty text from a bad one", () => {
  assert.equal(scanReference(""), "empty");
  assert.equal(scanReference(":tag"), "format");
});

test("latest is filled in only where nothing else is said", () => {
  assert.equal(canonicalForm(withDefaultTag(parseReference("a"))), "docker.io/library/a:latest");
  assert.equal(familiarForm(withDefaultTag(parseReference(`a@sha256:${hex}`))), `a@sha256:${hex}`);
  assert.equal(familiarForm(withoutShadowedTag(parseReference(`a:t@sha256:${hex}`))), `a@sha256:${hex}`);
});

test("an argument of 64 hex digits is an ID, with or without sha256:", () => {
  assert.deepEqual(parseImageArgument(hex), { kind: "id", id: `sha256:${hex}` });
  assert.deepEqual(parseImageArgument(`sha256:${hex}`), { kind: "id", id: `sha256:${hex}` });
  assert.equal(parseImageArgument(hex.slice(1)).kind, "name");
});

for (const [pattern, name, expected] of [
  ["app*", "app:1", true],
  ["a?p", "app", true],
  ["*", "team/app", false],
  ["*/app", "team/app:1", true],
  ["[a-c]pp", "app", true],
  ["[^a-c]pp", "app", false],
  ["[a", "a", false],
  ["a[-]b", "a-b", false],
  ["\\app", "app", true],
  ["*a*a*a*a*b", `${"a".repeat(60)}`, false],
] as const)
  test(`pattern ${pattern} on ${name}`, () => {
    assert.equal(matchesFamiliar(pattern, parseReference(name)), expected);
  });

test("what was read can be written and read again; anything else is refused, never thrown over", () => {
  const piece = fc.constantFrom(
    "a",
    "B",
    "0",
    ".",
    "_",
    "__",
    "-",
    "/",
    ":",
    "@",
    "[",
    "]",
    "sha256:",
    hex,
    "é",
    " ",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const found = normalise(pieces.join(""));
      if (typeof found === "string") return;
      assert.deepEqual(normalise(canonicalForm(found)), found);
      // Names with an empty domain look like a registry in one form and like none in the other.
      if (found.domain !== "") assert.deepEqual(normalise(familiarForm(found)), found);
    }),
    { numRuns: 5000 },
  );
});
