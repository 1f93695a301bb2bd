import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { registryError } from "./errors.ts";
import { parseRetryAfter, retry, type RetryPolicy, sleep, TemporaryFailure } from "./retry.ts";

const date = "Sun, 06 Nov 1994 08:49:37 GMT";
const dateMs = Date.UTC(1994, 10, 6, 8, 49, 37);

for (const [name, header, serverDate, expected] of [
  ["seconds", "7", undefined, 7000],
  ["zero", "0", undefined, 0],
  ["more than two minutes", "3600", undefined, 120_000],
  ["a date by our clock", date, undefined, 5000],
  ["a date by the server's clock, ten years off", date, "Sun, 06 Nov 1994 08:49:30 GMT", 7000],
  ["a date that has passed", date, "Sun, 06 Nov 1994 08:50:00 GMT", 0],
  ["a date far away", "Sun, 06 Nov 2094 08:49:37 GMT", undefined, 120_000],
  ["a fraction", "1.5", undefined, undefined],
  ["less than nothing", "-1", undefined, undefined],
  ["words", "soon", undefined, undefined],
  ["a date that is none", "Sun, 99 Nov 1994 99:49:37 GMT", undefined, undefined],
  ["too many digits", "9".repeat(400), undefined, undefined],
] as const)
  test(`Retry-After: ${name}`, () => {
    assert.equal(parseRetryAfter(header, serverDate, dateMs - 5000), expected);
  });

test("any Retry-After is nothing, or at most two minutes", () => {
  const text = fc.oneof(
    fc.string(),
    fc.nat().map(String),
    fc.date().map((one) => String(one)),
  );
  fc.assert(
    fc.property(text, fc.option(text, { nil: undefined }), (header, serverDate) => {
      const milliseconds = parseRetryAfter(header, serverDate, 0);
      assert.ok(milliseconds === undefined || (milliseconds >= 0 && milliseconds <= 120_000));
    }),
    { numRuns: 2000 },
  );
});

function policy(random: number): RetryPolicy & { readonly delays: number[] } {
  const delays: number[] = [];
  return {
    attempts: 5,
    random: () => random,
    now: () => 0,
    onRetry: () => {},
    delays,
    sleep: async (ms) => void delays.push(ms),
  };
}

const broken = (code: string): Error =>
  registryError("REGISTRY_UNREACHABLE", "broken", { cause: Object.assign(new Error(), { code }) });

test("delays double, with jitter between a half and the whole", async () => {
  const { signal } = new AbortController();
  for (const [random, expected] of [
    [0, [125, 250, 500, 1000]],
    [1, [250, 500, 1000, 2000]],
  ] as const) {
    const given = policy(random);
    await assert.rejects(
      retry(given, signal, () => Promise.reject(broken("ECONNRESET"))),
      { code: "REGISTRY_UNREACHABLE" },
    );
    assert.deepEqual(given.delays, expected);
  }
});

for (const [name, error, tries] of [
  ["a broken connection", broken("ECONNRESET"), 5],
  ["a pipe that is closed", broken("EPIPE"), 5],
  ["nobody listening", broken("ECONNREFUSED"), 3],
  ["a name that does not exist", broken("ENOTFOUND"), 1],
  ["an error of ours", registryError("REGISTRY_DENIED", "no"), 1],
  ["a programming error", new TypeError("x"), 1],
  ["a temporary reply", new TemporaryFailure(registryError("RATE_LIMITED", "later")), 5],
] as const)
  test(`${name} is tried ${tries} times`, async () => {
    let count = 0;
    const tried = retry(policy(0), new AbortController().signal, async () => {
      count += 1;
      throw error;
    });
    await assert.rejects(
      tried,
      (thrown) => thrown === (error instanceof TemporaryFailure ? error.error : error),
    );
    assert.equal(count, tries);
  });

test("aborting ends a wait at once and with its reason", async () => {
  const controller = new AbortController();
  const waiting = sleep(60_000, controller.signal);
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(waiting, (error) => error === reason);
  await assert.rejects(sleep(1, controller.signal), (error) => error === reason);
});
