import assert from "node:assert/strict";
import { test } from "node:test";
import { makeSandbox, type Finished } from "./sandbox.ts";

test("what is cached is built, exported and shown without entering the user namespace", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile: "FROM busybox\nRUN echo made > /made\nCOPY file /file\nRUN cat /file\n",
    file: "1",
  });
  /** newuidmap is set-uid: a process that can gain no privileges cannot enter a namespace with a range. */
  const confined = (...args: string[]): Promise<Finished> =>
    sandbox.tsbuild(args, { prefix: ["setpriv", "--no-new-privs"] });
  const refused = await confined("-t", "app", context);
  assert.equal(refused.code, 5, "the confinement holds");
  const built = await sandbox.tsbuild(["-t", "app", "-o", `type=oci,dest=${sandbox.path("a.tar")}`, context]);
  assert.equal(built.code, 0, built.stderr);
  for (const args of [
    ["-t", "again", context],
    ["-o", `type=oci,dest=${sandbox.path("b.tar")}`, context],
    ["images"],
    ["inspect", "app"],
    ["tag", "app", "other"],
  ]) {
    const done = await confined(...args);
    assert.equal(done.code, 0, `${args.join(" ")}: ${done.stderr}`);
  }
});
