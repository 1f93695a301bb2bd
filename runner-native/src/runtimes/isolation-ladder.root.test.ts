import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { defaultHelperPath } from "./helper-binary.ts";

const tests = join(import.meta.dirname, "../../test");
const runOnce = [process.execPath, join(tests, "run-once.ts")];
const entered = [process.execPath, join(tests, "enter.ts")];

/** As in a container of docker: root, but not allowed to mount or to make namespaces other than user namespaces. */
const likeDocker = ["setpriv", "--bounding-set", "-sys_admin", "--"];

/** Runs shell commands in a mount namespace of their own, then the command in their place. */
function after(preparation: string, argv: readonly string[]): string[] {
  return ["unshare", "--mount", "sh", "-ec", `${preparation}; exec "$@"`, "sh", ...argv];
}

interface Answer {
  readonly outcome?: unknown;
  readonly stdout?: string;
  readonly message?: string;
  readonly hint?: string;
}

function run(argv: readonly string[]): Answer {
  const [command = "", ...rest] = argv;
  const { stdout, stderr } = spawnSync(command, rest, { encoding: "utf8" });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout) as Answer;
}

const ended = { kind: "exit", code: 0 };

describe("with fewer rights than root", () => {
  test("without CAP_SYS_ADMIN the error says how to get it", () => {
    const { message, hint } = run([...likeDocker, ...runOnce, "true"]);
    assert.match(message ?? "", /clone: not permitted \(EPERM\)/);
    assert.match(hint ?? "", /--privileged|seccomp=unconfined|sysctl/);
  });

  test("without CAP_SYS_ADMIN a user namespace does, and owners are kept", () => {
    const script = "touch /f; mkdir /d; test -w /proc/self/oom_score_adj && id -u; echo x > /dev/null";
    const answer = run([...likeDocker, ...entered, ...runOnce, script]);
    assert.deepEqual(answer, { outcome: ended, stdout: "0\n" });
  });

  test("where parts of /proc are covered, it serves as it is, and read-only", () => {
    const cover = "mount -t tmpfs none /proc/acpi; mount -t tmpfs none /sys/firmware";
    const script = "echo $$; test -d /proc/1 && echo 0 2>/dev/null > /proc/1/oom_score_adj || echo refused";
    const answer = run(after(cover, [...likeDocker, ...entered, ...runOnce, script]));
    assert.deepEqual(answer, { outcome: ended, stdout: "1\nrefused\n" });
  });

  test("where namespaces are used up, the error names the limit", () => {
    const inside = [
      "sh",
      "-ec",
      'echo 0 > /proc/sys/user/max_mnt_namespaces; exec "$@"',
      "sh",
      ...runOnce,
      "true",
    ];
    const { message, hint } = run([defaultHelperPath(), "unshare", "direct", "0 0 1", "0 0 1", ...inside]);
    assert.match(message ?? "", /clone: .*ENOSPC/);
    assert.match(hint ?? "", /user\.max_user_namespaces.*user\.max_mnt_namespaces/);
  });

  test("where user namespaces are used up, the helper names the limit", () => {
    const enter = [defaultHelperPath(), "unshare", "direct", "0 0 1", "0 0 1"];
    const inside = [
      "sh",
      "-ec",
      'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"',
      "sh",
      ...enter,
      "true",
    ];
    const { status, stderr } = spawnSync(defaultHelperPath(), [...enter.slice(1), ...inside], {
      encoding: "utf8",
    });
    assert.equal(status, 5);
    assert.match(stderr, /user\.max_user_namespaces/);
  });
});
