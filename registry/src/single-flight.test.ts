import assert from "node:assert/strict";
import test from "node:test";
import { createLimiter } from "./limit.ts";
import { singleFlight } from "./single-flight.ts";

const never = new AbortController().signal;

test("who comes while an operation runs gets its result, who comes later runs again", async () => {
  const once = singleFlight<number>();
  let count = 0;
  const operation = async (): Promise<number> => {
    count += 1;
    await new Promise((resolve) => setImmediate(resolve));
    return count;
  };
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => once("a", never, operation))), [1, 1, 1]);
  assert.equal(await once("a", never, operation), 2);
});

test("a failure is everybody's; a cancelled one is only its caller's", async () => {
  const once = singleFlight<string>();
  const broken = (): Promise<string> => Promise.reject(new Error("broken"));
  const both = await Promise.allSettled([once("a", never, broken), once("a", never, broken)]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ["rejected", "rejected"],
  );

  const controller = new AbortController();
  const { signal } = controller;
  const cancelled = once(
    "a",
    signal,
    () => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
  );
  const waiting = once("a", never, async () => "own");
  controller.abort(new Error("enough"));
  await assert.rejects(cancelled, /enough/);
  assert.equal(await waiting, "own");
});

test("who waits can give up without ending what runs", async () => {
  const once = singleFlight<string>();
  let finish = (): void => {};
  const done = new Promise<string>((resolve) => {
    finish = () => resolve("done");
  });
  const first = once("a", never, () => done);
  const controller = new AbortController();
  const second = once("a", controller.signal, async () => "never");
  controller.abort(new Error("enough"));
  await assert.rejects(second, /enough/);
  finish();
  assert.equal(await first, "done");
});

test("a limiter runs so many at once, in order, and goes on after a failure", async () => {
  const limited = createLimiter(2);
  const started: number[] = [];
  let running = 0;
  const results = await Promise.allSettled(
    [0, 1, 2, 3, 4, 5].map((number) =>
      limited(async () => {
        started.push(number);
        running += 1;
        assert.ok(running <= 2);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        if (number === 1) throw new Error("broken");
      }),
    ),
  );
  assert.deepEqual(started, [0, 1, 2, 3, 4, 5]);
  assert.equal(results.filter(({ status }) => status === "rejected").length, 1);
});
