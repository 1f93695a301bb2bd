import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { repository, startHarness } from "../test/harness.ts";
import { parseNextLink } from "./tags.ts";

for (const [name, header, expected] of [
  ["as registries write it", '</v2/a/tags/list?n=2&last=b>; rel="next"', "/v2/a/tags/list?n=2&last=b"],
  ["without quotes", "<x>; rel=next", "x"],
  ["not the first", '<a>; rel="prev", <b>; rel="next"', "b"],
  ["another relation", '<a>; rel="nextish"', undefined],
  ["another relation without quotes", "<a>; rel=nextish", undefined],
  ["no relation", "<a>", undefined],
  ["no end", "<a", undefined],
  ["nothing", "", undefined],
] as const)
  test(`a Link header: ${name}`, () => assert.equal(parseNextLink(header), expected));

test("any Link header is read without throwing", () => {
  const piece = fc.constantFrom("<", ">", ";", "rel=", '"next"', "next", ",", " ", "a", "\t");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 50 }), (pieces) => {
      const target = parseNextLink(pieces.join(""));
      assert.ok(target === undefined || !target.includes(">"));
    }),
    { numRuns: 3000 },
  );
});

test("tags of many pages are listed in order; a page elsewhere is not followed", async () => {
  await using harness = await startHarness();
  const { registry, client, image, signal } = harness;
  const { tags } = registry.content.repository(repository);
  for (let number = 0; number < 2500; number += 1)
    tags.set(`t${String(number).padStart(4, "0")}`, image.manifest.digest);
  const listed = await client.listTags(harness.name, { signal });
  assert.deepEqual(listed, [...tags.keys()].sort());
  const link = '<https://evil.example/v2/x/tags/list>; rel="next"';
  registry.inject({ path: "/tags/list", fault: { kind: "header", name: "link", value: link } });
  assert.equal((await client.listTags(harness.name, { signal })).length, 1000);
});

test("a list that never ends, or is none, is refused", async () => {
  await using harness = await startHarness();
  const { registry, client, signal, name } = harness;
  const link = `</v2/${repository}/tags/list>; rel="next"`;
  registry.inject({
    path: "/tags/list",
    fault: { kind: "header", name: "link", value: link },
    times: 100_000,
  });
  await assert.rejects(client.listTags(name, { signal }), { code: "REGISTRY_PROTOCOL" });
});

for (const [name, body] of [
  ["no JSON", "<html>"],
  ["no list", '{"tags":"a"}'],
  ["no texts", '{"tags":[1]}'],
  ["null", "null"],
] as const)
  test(`a list of tags that is ${name} is refused`, async () => {
    await using harness = await startHarness();
    harness.registry.inject({ path: "/tags/list", fault: { kind: "body", bytes: Buffer.from(body) } });
    const listed = harness.client.listTags(harness.name, { signal: harness.signal });
    await assert.rejects(listed, { code: "REGISTRY_PROTOCOL" });
  });
