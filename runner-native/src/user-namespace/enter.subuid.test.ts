import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

const script = join(import.meta.dirname, "../../test/enter.ts");

function enter(...argv: string[]): {
  status: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
} {
  return spawnSync(process.execPath, [script, ...argv], {
    encoding: "utf8",
    input: "typed\n",
    env: { PATH: "/usr/bin:/bin", A: "b" },
  });
}

describe("a command in a user namespace", () => {
  test("is root there, with all capabilities and a range of ids", () => {
    const { stdout } = enter(
      "sh",
      "-c",
      "id -u; id -g; id -G; wc -l < /proc/self/uid_map; grep CapEff /proc/self/status",
    );
    const [uid, gid, , lines, capabilities] = stdout.trim().split("\n");
    assert.deepEqual([uid, gid, lines], ["0", "0", "2"]);
    assert.match(capabilities ?? "", /[1-9a-f]f{9}$/);
  });

  test("can mount, and nobody else sees it", () => {
    const { stdout } = enter("sh", "-c", "mount -t tmpfs tmpfs /mnt && touch /mnt/inside && ls /mnt");
    assert.equal(stdout, "inside\n");
    assert.doesNotMatch(spawnSync("ls", ["/mnt"], { encoding: "utf8" }).stdout, /inside/);
  });

  test("keeps stdin, the environment and the working directory", () => {
    assert.equal(enter("sh", "-c", "cat; echo $A; pwd").stdout, `typed\nb\n${process.cwd()}\n`);
  });

  test("gives its exit status and its signal as its own", () => {
    assert.equal(enter("sh", "-c", "exit 7").status, 7);
    assert.equal(enter("sh", "-c", "kill -TERM $$").signal, "SIGTERM");
  });

  test("is the very process that asked, so that signals to it arrive", async () => {
    const child = spawn(process.execPath, [script, "sleep", "100"]);
    for (let tries = 0; tries < 500 && !isSleeping(child.pid); tries++) await delay(10);
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "exit"), [null, "SIGINT"]);
  });

  test("has a working terminal", () => {
    const { stdout } = spawnSync("script", ["-qec", `${process.execPath} ${script} tty`, "/dev/null"], {
      encoding: "utf8",
    });
    assert.match(stdout, /^\/dev\/pts\/\d+\s*$/);
  });

  test("that does not exist is an error that names it", () => {
    const { status, stderr } = enter("nonesuch");
    assert.deepEqual([status, stderr], [127, "tsbuild: nonesuch: No such file or directory\n"]);
  });
});

function isSleeping(pid: number | undefined): boolean {
  return spawnSync("cat", [`/proc/${pid}/comm`], { encoding: "utf8" }).stdout === "sleep\n";
}
