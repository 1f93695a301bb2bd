import assert from "node:assert/strict";
import { test } from "node:test";
import { decompress, detectCompression, TsbuildError } from "@tsbuild/layers";
import { evilStreams } from "./compressed.ts";

async function* inPieces(bytes: Buffer, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

for (const { name, kind, build, expect } of evilStreams)
  for (const pieceBytes of [2 ** 20, 7])
    test(`decompressing in pieces of ${pieceBytes}: ${name}`, { timeout: 20_000 }, async () => {
      const bytes = build();
      const text: string[] = [];
      const read = async (): Promise<void> => {
        for await (const chunk of decompress(inPieces(bytes, pieceBytes), kind, { maxBytes: 2 ** 20 }))
          text.push(Buffer.from(chunk).toString());
      };
      if ("text" in expect) {
        await read();
        assert.ok(text.join("") === expect.text);
        assert.equal(detectCompression(bytes), kind);
        return;
      }
      await assert.rejects(read, (error) => {
        assert.ok(error instanceof TsbuildError, String(error));
        assert.equal(error.code, expect.code, error.message);
        return true;
      });
    });
