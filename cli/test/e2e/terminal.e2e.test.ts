import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { makeSandbox } from "./sandbox.ts";

const command = join(import.meta.dirname, "..", "..", "bin", "tsbuild.cjs");

test("on a terminal: a live screen, every step once, and a summary", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile:
      "FROM busybox AS a\nRUN sleep 1; echo from-a > /a\nFROM busybox AS b\nRUN sleep 0.6; echo from-b > /b\nFROM busybox\nCOPY --from=a /a /a\nCOPY --from=b /b /b\n",
  });
  const line = `stty cols 120; exec '${process.execPath}' '${command}' -t live '${context}'`;
  const output = await sandbox.run("script", ["-qefc", line, "/dev/null"], {
    env: { TSBUILD_ROOT: sandbox.store, TERM: "xterm" },
  });
  const text = output.replace(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, "");
  assert.match(text, /\[\+\] Building \d+\.\d+s \(\d+\/\d+\)/);
  for (const step of ["[a 2/2] RUN sleep 1", "[b 2/2] RUN sleep 0.6", "[stage-2 2/3] COPY --from=a"])
    assert.equal(
      text.split(` => ${step}`).filter((after) => /^[^\n]*\d\.\ds\r?\n/.test(after)).length >= 1,
      true,
      step,
    );
  assert.match(text, /image +docker\.io\/library\/live:latest/);
  assert.doesNotMatch(text, /Error|ERR_/);
});
