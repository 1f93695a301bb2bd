import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { makeSandbox, type Sandbox } from "./sandbox.ts";

/** Processes whose command line holds this text. */
function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, "utf8").includes(text);
      } catch {
        // It ended while we looked.
        return false;
      }
    })
    .map(Number);
}

async function eventually(condition: () => boolean, message: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(message);
}

function sleeper(sandbox: Sandbox, marker: string): string {
  return sandbox.context({
    Dockerfile: `FROM busybox\nRUN echo before > /before\nRUN echo started && (setsid sleep ${marker} &) ; sleep ${marker}\n`,
  });
}

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 130],
  ["SIGHUP", 130],
] as const)
  test(`${signal} ends a build within two seconds and leaves no process`, async () => {
    await using sandbox = await makeSandbox();
    const marker = `98765${signal.charCodeAt(3)}${signal.length}`;
    const build = sandbox.start(["--progress", "plain", sleeper(sandbox, marker)]);
    await build.shows("started\n");
    const began = Date.now();
    // A terminal's Ctrl-C comes twice where a launcher passes it on: that is one wish.
    build.kill(signal);
    build.kill(signal);
    const result = await build.finished;
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, /ERROR: cancelled\n$/);
    assert.ok(Date.now() - began < 2000, `took ${Date.now() - began} ms`);
    await eventually(() => processesWith(marker).length === 0, "a process of the step is still there");
  });

test("kill -9 in the middle leaves no process, no mount and a store that works", async () => {
  await using sandbox = await makeSandbox();
  const marker = "987659";
  const context = sleeper(sandbox, marker);
  const build = sandbox.start(["--progress", "plain", context]);
  await build.shows("started\n");
  build.kill("SIGKILL");
  await build.finished;
  await eventually(() => processesWith(marker).length === 0, "a process of the step is still there");
  assert.ok(!readFileSync("/proc/self/mountinfo", "utf8").includes(sandbox.directory), "a mount is left");
  const after = sandbox.context({ Dockerfile: "FROM busybox\nRUN echo before > /before\nRUN cat /before\n" });
  const again = await sandbox.tsbuild(["--progress", "plain", "-t", "again", after]);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /CACHED/);
  assert.deepEqual(readdirSync(sandbox.path("store", "tmp")), []);
});

test("two builds of one Dockerfile at once give the same image", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile: "FROM busybox\nCOPY f /f\nRUN sleep 0.3; cat /f > /g\nRUN cat /g /f > /h\n",
    f: "x",
  });
  const [one, two] = await Promise.all([
    sandbox.tsbuild(["-q", "-t", "one", context]),
    sandbox.tsbuild(["-q", "-t", "two", context]),
  ]);
  assert.equal(one.code, 0, one.stderr);
  assert.equal(two.code, 0, two.stderr);
  const third = await sandbox.tsbuild(["--progress", "plain", "-t", "three", context]);
  assert.equal(third.stderr.match(/^#\d+ CACHED$/gm)?.length, 4, third.stderr);
});

test("independent stages run at the same time", async () => {
  await using sandbox = await makeSandbox();
  const stages = [0, 1, 2].map(
    (at) => `FROM busybox AS s${at}\nRUN echo start-${at}; sleep 1; echo end-${at} | tee /o\n`,
  );
  const copies = [0, 1, 2].map((at) => `COPY --from=s${at} /o /o${at}\n`);
  const context = sandbox.context({ Dockerfile: `${stages.join("")}FROM busybox\n${copies.join("")}` });
  const result = await sandbox.tsbuild(["--progress", "plain", context]);
  assert.equal(result.code, 0, result.stderr);
  const order = [...result.stderr.matchAll(/^#\d+ \d+\.\d+ (start|end)-\d/gm)].map(([, what]) => what);
  assert.deepEqual(order, ["start", "start", "start", "end", "end", "end"]);
});

test("a process that keeps the output open does not hold the step", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({ Dockerfile: "FROM busybox\nRUN sleep 987658 & echo done\n" });
  const result = await sandbox.tsbuild(["--progress", "plain", context]);
  assert.equal(result.code, 0, result.stderr);
  await eventually(() => processesWith("987658").length === 0, "the background process is still there");
});
