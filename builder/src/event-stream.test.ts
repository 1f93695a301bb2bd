import assert from "node:assert/strict";
import { test } from "node:test";
import { createEventStream } from "./event-stream.ts";
import type { BuildEvent } from "./events.ts";

const notice = (message: string): BuildEvent => ({ kind: "notice", timeMs: 0, message });

async function readAll(read: AsyncIterator<BuildEvent>): Promise<string[]> {
  const messages: string[] = [];
  for (let next = await read.next(); next.done !== true; next = await read.next())
    if (next.value.kind === "notice") messages.push(next.value.message);
  return messages;
}

test("a reader who comes late gets everything, in order, and the end", async () => {
  const { emit, end, read } = createEventStream();
  emit(notice("a"));
  emit(notice("b"));
  end();
  assert.deepEqual(await readAll(read()), ["a", "b"]);
});

test("a reader who waits is woken by each event and by the end", async () => {
  const { emit, end, read } = createEventStream();
  const reading = readAll(read());
  await new Promise(setImmediate);
  emit(notice("a"));
  await new Promise(setImmediate);
  emit(notice("b"));
  emit(notice("c"));
  await new Promise(setImmediate);
  end();
  assert.deepEqual(await reading, ["a", "b", "c"]);
});
