import assert from "node:assert/strict";
import { test } from "node:test";
import { createTarParser, TsbuildError } from "@tsbuild/layers";
import { evilTars } from "./all.ts";

function read(tar: Buffer, chunkBytes: number): string[] {
  const paths: string[] = [];
  const parser = createTarParser({ entry: ({ path }) => paths.push(path), data: () => {}, end: () => {} });
  for (let at = 0; at < tar.length; at += chunkBytes) parser.write(tar.subarray(at, at + chunkBytes));
  parser.finish();
  return paths;
}

test("there are at least a hundred, each with a name of its own", () => {
  assert.ok(evilTars.length >= 100, String(evilTars.length));
  assert.equal(new Set(evilTars.map(({ name }) => name)).size, evilTars.length);
});

for (const { name, expect, build } of evilTars)
  test(`the reader: ${name}`, () => {
    const tar = build();
    for (const chunkBytes of [tar.length, 512, 100]) {
      if (expect.kind !== "refused") {
        assert.ok(read(tar, chunkBytes).length > 0);
        continue;
      }
      assert.throws(
        () => read(tar, chunkBytes),
        (error) => {
          assert.ok(error instanceof TsbuildError);
          assert.equal(error.code, expect.code, error.message);
          // oxlint-disable-next-line no-control-regex
          assert.doesNotMatch(error.message, /[\x00-\x1f\x7f-\x9f]/);
          return true;
        },
      );
    }
  });
