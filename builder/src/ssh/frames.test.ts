import assert from "node:assert/strict";
import { test } from "node:test";
import { createFrameReader, frameMessage } from "./frames.ts";

test("messages are put together whatever the chunks are", () => {
  const stream = Buffer.concat([frameMessage(Buffer.of(11)), frameMessage(Buffer.from("abc"))]);
  for (let size = 1; size <= stream.length; size++) {
    const seen: string[] = [];
    const read = createFrameReader((message) => seen.push(message.toString("latin1")));
    for (let at = 0; at < stream.length; at += size) read(stream.subarray(at, at + size));
    assert.deepEqual(seen, ["\v", "abc"]);
  }
});

for (const [name, length] of [
  ["nothing", 0],
  ["more than an agent takes", 256 * 1024 + 1],
] as const)
  test(`a message of ${name} is refused before its bytes are there`, () => {
    const frame = Buffer.alloc(4);
    frame.writeUInt32BE(length);
    assert.throws(() => createFrameReader(() => undefined)(frame), RangeError);
  });
