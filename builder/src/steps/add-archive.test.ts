import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createTarParser, maxManifestBytes, parseManifest, TsbuildError } from "@tsbuild/layers";
import { evilStreams, evilTars } from "test-images";
import { makeWorkshop, type Workshop } from "../../testing/workshop.ts";

let workshop: Workshop;
before(async () => {
  workshop = await makeWorkshop();
  mkdirSync(workshop.path("beside"));
  writeFileSync(workshop.path("beside/canary"), "untouched");
});
after(() => workshop[Symbol.asyncDispose]());

/** Names of the directories a build must leave alone, with what they hold. */
function outside(): unknown {
  return ["context", "beside"].map((name) => readdirSync(workshop.path(name)).sort());
}

/** Every path of the layers that the build made. */
async function added(): Promise<string[]> {
  const { result } = await workshop.build("FROM scratch\nADD evil.tar /d/\n");
  return workshop.withPorts(async ({ store }) => {
    const { digest, mediaType } = result.manifest;
    const document = parseManifest(store.blobs.read(digest, maxManifestBytes), { mediaType, what: "a test" });
    assert.equal(document.kind, "manifest");
    const paths: string[] = [];
    for (const layer of document.layers) {
      const parser = createTarParser({
        entry: ({ path }) => paths.push(path),
        data: () => {},
        end: () => {},
      });
      for await (const chunk of store.blobs.stream(layer.digest)) parser.write(chunk);
      parser.finish();
    }
    return paths;
  });
}

test("an archive that this machine cannot decompress is an error, not a file", async () => {
  const magic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]);
  writeFileSync(join(workshop.path("context"), "evil.tar"), Buffer.concat([magic, Buffer.alloc(1024)]));
  const path = process.env["PATH"];
  process.env["PATH"] = "/nowhere";
  try {
    await assert.rejects(added(), { code: "COMPRESSION_UNKNOWN" });
  } finally {
    process.env["PATH"] = path;
  }
  assert.deepEqual(await added(), ["d", "d/evil.tar"], "damaged, so copied as a file");
});

for (const { name, build } of evilStreams.filter(
  ({ expect }) => "code" in expect && expect.code === "COMPRESSION_MEMORY",
))
  test(`ADD: ${name} is an error, not a file`, async () => {
    writeFileSync(join(workshop.path("context"), "evil.tar"), build());
    await assert.rejects(added(), { code: "COMPRESSION_MEMORY", exitCode: 4 });
  });

for (const { name, expect, build } of evilTars)
  test(`ADD: ${name}`, async () => {
    writeFileSync(join(workshop.path("context"), "evil.tar"), build());
    const untouched = outside();
    const outcome = await added().catch((error: unknown) => error);
    if (Array.isArray(outcome)) {
      if (expect.kind === "refused")
        assert.deepEqual(outcome, ["d", "d/evil.tar"], "no tar, so copied as a file");
    } else {
      assert.ok(outcome instanceof TsbuildError, String(outcome));
      const codes = expect.kind === "refused" ? /^TAR_/ : /^(TAR_|COPY_CONFLICT|LINK_LOOP|PATH_)/;
      assert.match(outcome.code, codes, outcome.message);
    }
    assert.deepEqual(outside(), untouched);
    assert.equal(readFileSync(workshop.path("beside/canary"), "utf8"), "untouched");
  });
