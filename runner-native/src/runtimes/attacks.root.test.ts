import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import {
  makeTestRoot,
  runInContainer,
  runScript,
  type TestRoot,
  type TestRun,
  type TestRunOptions,
} from "../../test/container.ts";
import { TsbuildError } from "../errors.ts";
import type { OciMount } from "../spec.ts";
import { createHelperRuntime } from "./helper.ts";
import { defaultHelperPath } from "./helper-binary.ts";

const runtime = createHelperRuntime();

function bind(source: string, destination: string, access = "rw"): OciMount {
  return { destination, type: "bind", source, options: ["rbind", access] };
}

/** A directory of the host that no container may change: names, bytes and times. */
function makeCanary(root: TestRoot): { readonly path: string; readonly state: () => unknown } {
  const path = join(root.directory, "canary");
  mkdirSync(join(path, "sub"), { recursive: true });
  writeFileSync(join(path, "empty"), "");
  writeFileSync(join(path, "file"), "untouched");
  const state = (): unknown =>
    ["", "sub", "empty", "file"].map((name) => {
      const { mode, mtimeMs, ctimeMs, size } = statSync(join(path, name));
      return [name, mode, mtimeMs, ctimeMs, size, name.includes("e") ? "" : readdirSync(join(path, name))];
    });
  return { path, state };
}

/** Runs something evil: that it is refused is as good as that it does no harm. */
async function survive(run: Promise<TestRun>): Promise<void> {
  await run.catch((error: unknown) => assert.ok(error instanceof TsbuildError, String(error)));
}

describe("attacks on the runtime", () => {
  const roots: TestRoot[] = [];
  after(() => roots.forEach((root) => root[Symbol.dispose]()));
  const newRoot = (): TestRoot => {
    const root = makeTestRoot();
    roots.push(root);
    return root;
  };
  const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

  test("CVE-2019-5736: the runtime's program cannot be overwritten through /proc/PID/exe", async () => {
    const root = newRoot();
    const before = [defaultHelperPath(), process.execPath].map(digest);
    const script =
      "for i in 1 2 3 4 5; do for e in /proc/[0-9]*/exe; do echo x 2>/dev/null > $e && echo opened; done; done; true";
    assert.equal((await runScript(script, { runtime, root })).stdout, "");
    const { outcome } = await runInContainer({ runtime, root, argv: ["/proc/self/exe"] });
    assert.notDeepEqual(outcome, { kind: "exit", code: 0 });
    assert.deepEqual([defaultHelperPath(), process.execPath].map(digest), before);
  });

  test("CVE-2021-3602: nothing of the builder's environment is seen", async () => {
    const root = newRoot();
    process.env["TSBUILD_CANARY"] = "secret-of-the-host";
    const { stdout } = await runScript("cat /proc/[0-9]*/environ", { runtime, root });
    delete process.env["TSBUILD_CANARY"];
    assert.ok(!stdout.includes("secret-of-the-host"));
  });

  test("CVE-2025-31133, CVE-2025-52565: links in the image's /dev reach nothing", async () => {
    const root = newRoot();
    const { path, state } = makeCanary(root);
    const before = state();
    mkdirSync(join(root.layer, "dev"));
    symlinkSync("/proc/sys/kernel/core_pattern", join(root.layer, "dev/null"));
    for (const name of ["console", "ptmx", "pts", "shm", "tty"])
      symlinkSync(`../../../../../..${path}/file`, join(root.layer, "dev", name));
    const script = "echo x > /dev/null; cat /proc/timer_list | wc -c; test -c /dev/null && echo device";
    assert.equal((await runScript(script, { runtime, root })).stdout, "0\ndevice\n");
    assert.deepEqual(state(), before);
  });

  describe("mount targets that lead outside stay inside, or are refused", () => {
    const links: readonly (readonly [string, (canary: string) => string])[] = [
      ["an absolute link", (canary) => canary],
      ["a climbing link", (canary) => `${"../".repeat(20)}${canary.slice(1)}`],
      ["a link to the root", () => "/"],
      ["a link to itself", () => "link"],
      ["a magic link", () => "/proc/self/root"],
      ["a link to the host's root by a magic link", (canary) => `/proc/1/root${canary}`],
      ["a descriptor", () => "/proc/self/fd/3"],
    ];
    for (const [name, target] of links)
      for (const suffix of ["", "/new", "/../../../../new"])
        test(`${name}, then ${JSON.stringify(suffix)}`, async () => {
          const root = newRoot();
          const { path, state } = makeCanary(root);
          const before = state();
          symlinkSync(target(path), join(root.layer, "link"));
          const mounts = [{ destination: `/link${suffix}`, type: "tmpfs", source: "tmpfs" }];
          await survive(runScript("echo x > /link/written", { runtime, root, mounts }));
          assert.deepEqual(state(), before);
        });
  });

  test("CVE-2021-30465, CVE-2024-45310, CVE-2026-41568: a mount target that another container swaps for a link", async () => {
    const root = newRoot();
    const { path, state } = makeCanary(root);
    const before = state();
    const shared = join(root.directory, "shared");
    mkdirSync(shared);
    const controller = new AbortController();
    const swap = `cd /shared; while true; do mkdir -p d; mv d e; ln -s ${path} d; mv d f; ln -s ../../../../../..${path} d; rm -rf d e f; done`;
    const options: TestRunOptions = { runtime, root, argv: ["true"], mounts: [bind(shared, "/shared")] };
    const swapping = runScript(swap, { ...options, signal: controller.signal });
    const source = join(root.layer, "etc/passwd");
    for (let round = 0; round < 60; round++) {
      const mounts = [
        bind(shared, "/shared"),
        bind(source, "/shared/d/stub"),
        bind(path, "/shared/d/dir", "ro"),
      ];
      await survive(runInContainer({ ...options, mounts }));
    }
    controller.abort(new Error("enough"));
    await assert.rejects(swapping, /enough/);
    assert.deepEqual(state(), before);
    assert.ok(!readFileSync("/proc/self/mountinfo", "utf8").includes(root.directory));
  });
});
