import assert from "node:assert/strict";
import { constants } from "node:os";
import { test } from "node:test";
import { SyscallError } from "../errors.ts";
import { type HelperFailure, sandboxError } from "./explain.ts";

const { errno } = constants;

const rows: readonly (readonly [HelperFailure, RegExp, RegExp | undefined])[] = [
  [
    { stage: "clone", errno: errno.ENOSPC, path: "" },
    /clone: a limit on namespaces or space is reached \(ENOSPC\)/,
    /sysctl user\.max_user_namespaces/,
  ],
  [{ stage: "clone", errno: errno.ENOSYS, path: "" }, /ENOSYS/, /seccomp/],
  [
    { stage: "mount target", errno: errno.ELOOP, path: "/proc" },
    /symbolic link/,
    /^\/proc of the image must be a directory/,
  ],
  [
    { stage: "mount target", errno: errno.EINVAL, path: "/x/.." },
    /nothing may be mounted over the root/,
    undefined,
  ],
  [{ stage: "rlimit", errno: errno.EPERM, path: "7" }, /the limit nofile: not permitted/, /ulimit -H/],
  [{ stage: "cgroup", errno: errno.EACCES, path: "/c" }, /cgroup \/c: permission denied/, /--cgroup-parent/],
  [{ stage: "overlay", errno: errno.ENODEV, path: "" }, /overlay/, /modprobe overlay/],
  [{ stage: "overlay", errno: errno.EINVAL, path: "/u" }, /overlay \/u/, /--snapshotter copy/],
  [
    { stage: "bind source", errno: errno.ENOENT, path: "/gone" },
    /bind source \/gone: no such file/,
    undefined,
  ],
];

for (const [failure, message, hint] of rows)
  test(`${failure.stage} failing with errno ${failure.errno} is explained`, () => {
    const error = sandboxError(failure);
    assert.equal(error.code, "SANDBOX_FAILED");
    assert.match(error.message, message);
    if (hint) assert.match(error.hint ?? "", hint);
    else assert.equal(error.hint, undefined);
    assert.ok(error.cause instanceof SyscallError && error.cause.errno === failure.errno);
  });
