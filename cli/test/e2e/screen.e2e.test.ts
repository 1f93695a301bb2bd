import assert from "node:assert/strict";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { after, before, describe, test } from "node:test";
import { makeSandbox, type Finished, type Sandbox } from "./sandbox.ts";

const command = join(import.meta.dirname, "..", "..", "bin", "tsbuild.cjs");
const build = "RUN for i in 1 2 3 4 5 6; do echo line-$i; sleep 0.2; done";

describe("on a terminal", () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await makeSandbox();
  });
  after(() => sandbox[Symbol.asyncDispose]());

  /** script(1) gives the command a terminal of its own and the exit code back. */
  async function onTerminal(dockerfile: string, before = ""): Promise<Finished> {
    const context = sandbox.context({ Dockerfile: `FROM busybox\n${dockerfile}\n` });
    const line = `${before} ${process.execPath} ${command} --root ${sandbox.store} -t app ${context}`;
    const run = ["-qefc", `stty cols 100 rows 30; ${line}`, "/dev/null"];
    const child = sandbox.spawn("script", run);
    return child.finished;
  }

  test("the step that failed stands last", async () => {
    const { code, stdout } = await onTerminal(`${build}; exit 3`);
    const text = stripVTControlCharacters(stdout);
    assert.equal(code, 1, text);
    const end = text.slice(text.lastIndexOf("------\r\n >"));
    assert.match(end, /line-6\r\n------\r\nDockerfile:2\r\n/);
    assert.match(end, /ERROR: Dockerfile:2: process .* did not complete successfully: exit code: 3\r\n$/);
  });

  test("NO_COLOR is heard", async () => {
    const { code, stdout } = await onTerminal(`${build}; true`, "NO_COLOR=1");
    assert.equal(code, 0);
    // SGR sequences that set a colour; bold and dim are none.
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(stdout, /\u001b\[(3[0-7]|9[0-7])m/);
  });
});
