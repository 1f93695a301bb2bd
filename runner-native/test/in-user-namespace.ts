import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { defaultHelperPath } from "../src/runtimes/helper-binary.ts";
import { isInUserNamespace } from "../src/user-namespace/detect.ts";
import { planUserNamespace, type UserNamespacePlan } from "../src/user-namespace/plan.ts";

/**
 * Runs a test file's body inside a user namespace: the file starts itself again there, and its own test is that this
 * second run passes.
 */
export function inUserNamespace(file: string, kind: "range" | "single", body: () => void): void {
  if (isInUserNamespace()) {
    body();
    return;
  }
  const plan = planUserNamespace();
  if (plan.mapper === "none") throw new Error(`${file} is a test for an ordinary user, not for root`);
  test(`in a user namespace with ${kind === "range" ? "a range of ids" : "a single id"}`, async () => {
    const { code, output } = await runInside(kind, plan, [process.execPath, "--test-reporter=spec", file]);
    assert.equal(code, 0, output);
  });
}

/** What the helper does when the command replaces itself through it, in a child so that the test goes on. */
async function runInside(
  kind: "range" | "single",
  plan: UserNamespacePlan,
  argv: readonly string[],
): Promise<{ code: number | null; output: string }> {
  const ids = [process.geteuid?.(), process.getegid?.()];
  const map =
    kind === "range" ? [plan.mapper, plan.uidMap, plan.gidMap] : ["single", ...ids.map((id) => `0 ${id} 1`)];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(defaultHelperPath(), ["unshare", ...map, ...argv], { env });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output: Buffer.concat(chunks).toString() };
}
