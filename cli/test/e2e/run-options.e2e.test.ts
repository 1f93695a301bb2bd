import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { makeSandbox, type Sandbox } from "./sandbox.ts";

const sysAdmin = 1n << 21n;

/** What a RUN printed, as the file that it left. */
async function told(sandbox: Sandbox, run: string, args: readonly string[]): Promise<string> {
  const context = sandbox.context({
    Dockerfile: `FROM busybox AS run\n${run}\nFROM scratch\nCOPY --from=run /told /\n`,
  });
  const out = sandbox.path(`out-${Math.random()}`);
  const { code, stderr } = await sandbox.tsbuild([...args, "-o", out, context]);
  assert.equal(code, 0, stderr);
  return readFileSync(`${out}/told`, "utf8");
}

for (const runtime of ["helper", "runc", "crun"])
  test(`what a RUN gets by ${runtime}: names, limits, shared memory`, async () => {
    await using sandbox = await makeSandbox();
    const run = `RUN (hostname; echo $HOSTNAME; cat /etc/hosts; ulimit -Sn; ulimit -Hn; ulimit -c; grep ' /dev/shm ' /proc/mounts) > /told`;
    const text = await told(sandbox, run, [
      `--runtime=${runtime}`,
      "--hostname=builder",
      "--shm-size=128m",
      "--ulimit=nofile=60:61",
      "--ulimit=core=0",
      "--add-host=Db:10.0.0.7",
      "--add-host=v6=[::7]",
      "--add-host=host.docker.internal:host-gateway",
    ]);
    const [first, second, ...rest] = text.split("\n");
    assert.deepEqual([first, second], ["builder", "builder"]);
    assert.deepEqual(rest.slice(0, -2), [
      "127.0.0.1\tlocalhost builder",
      "::1\tlocalhost ip6-localhost ip6-loopback",
      "10.0.0.7\tdb",
      "::7\tv6",
      "127.0.0.1\thost.docker.internal",
      "60",
      "61",
      "0",
    ]);
    assert.match(rest.at(-2) ?? "", /size=131072k/);
  });

test("the build argument BUILDKIT_SANDBOX_HOSTNAME wins over --hostname", async () => {
  await using sandbox = await makeSandbox();
  const args = ["--hostname", "bar", "--build-arg", "BUILDKIT_SANDBOX_HOSTNAME=foo"];
  assert.equal(await told(sandbox, "RUN hostname > /told", args), "foo\n");
});

test("limits and addresses are in no key, names are", async () => {
  await using sandbox = await makeSandbox();
  const run = "RUN cat /proc/sys/kernel/random/uuid > /told";
  const first = await told(sandbox, run, ["--add-host", "a:1.1.1.1", "--shm-size", "1m"]);
  const others = ["--add-host", "a:2.2.2.2", "--shm-size", "2m", "--ulimit", "core=0"];
  assert.equal(await told(sandbox, run, others), first);
  assert.notEqual(await told(sandbox, run, ["--add-host", "b:1.1.1.1"]), first);
  assert.notEqual(await told(sandbox, run, ["--add-host", "a:1.1.1.1", "--hostname", "h"]), first);
});

test("an insecure RUN needs to be allowed, and then has all capabilities and nothing masked", async () => {
  await using sandbox = await makeSandbox();
  const run = `RUN --security=insecure (grep CapBnd /proc/self/status; grep -c ' /proc/' /proc/mounts; true) > /told`;
  const context = sandbox.context({ Dockerfile: `FROM busybox\n${run}\n` });
  const refused = await sandbox.tsbuild([context]);
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /Dockerfile:2: entitlement security\.insecure is not allowed/);
  assert.match(refused.stderr, /HINT: .*--allow security\.insecure/);
  const text = await told(sandbox, run, ["--allow", "security.insecure"]);
  const [, bounding = "0", masked] = /^CapBnd:\t(\w+)\n(\d+)\n$/.exec(text) ?? [];
  assert.ok((BigInt(`0x${bounding}`) & sysAdmin) !== 0n, text);
  assert.equal(masked, "0");
  // The same step in its sandbox has another key.
  assert.match(
    await told(sandbox, run.replace("insecure", "sandbox"), []),
    /^CapBnd:\t00000000a80425fb\n[1-9]/,
  );
});

test("RUN --network=host needs to be allowed, --network host allows it, and RUN --network=none has none", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({ Dockerfile: "FROM busybox\nRUN --network=host true\n" });
  const refused = await sandbox.tsbuild([context]);
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /Dockerfile:2: entitlement network\.host is not allowed/);
  for (const args of [
    ["--allow", "network.host"],
    ["--network", "host"],
  ]) {
    const { code, stderr } = await sandbox.tsbuild([...args, context]);
    assert.equal(code, 0, stderr);
  }
  const namespace = "readlink /proc/self/ns/net >> /told";
  const text = await told(sandbox, `RUN ${namespace}\nRUN --network=none ${namespace}`, [
    "--network",
    "host",
  ]);
  const [host, none] = text.trim().split("\n");
  assert.notEqual(host, none);
});

test("a limit that cannot be set is an error that names it", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({ Dockerfile: "FROM busybox\nRUN true\n" });
  const { code, stderr } = await sandbox.tsbuild(["--ulimit", "nofile=1:999999999999", context]);
  assert.equal(code, 5);
  assert.match(stderr, /the limit nofile: /);
});

for (const runtime of ["helper", "runc", "crun"])
  test(`RUN --device by ${runtime}: needs to be allowed, then brings its nodes, files and variables`, async () => {
    await using sandbox = await makeSandbox();
    const devices = sandbox.context({
      "v.json": JSON.stringify({
        cdiVersion: "1.0.0",
        kind: "vendor.com/zero",
        devices: [
          {
            name: "z",
            containerEdits: {
              env: ["ZERO=injected"],
              deviceNodes: [{ path: "/dev/mine/zero", hostPath: "/dev/zero" }],
              mounts: [
                { hostPath: sandbox.context({ f: "library\n" }), containerPath: "/opt/v", options: ["ro"] },
              ],
            },
          },
        ],
      }),
    });
    const run = `RUN --device=vendor.com/zero=z,required --device=vendor.com/none \\
      (echo $ZERO; cat /opt/v/f; dd if=/dev/mine/zero bs=4 count=1 2>/dev/null | wc -c) > /told`;
    const args = ["--cdi-spec-dir", devices, "--runtime", runtime];
    const context = sandbox.context({ Dockerfile: `FROM busybox\n${run}\n` });
    const refused = await sandbox.tsbuild([...args, context]);
    assert.equal(refused.code, 4, refused.stderr);
    assert.match(refused.stderr, /entitlement device=vendor\.com\/zero=z is not allowed/);
    const allowed = [...args, "--allow", "device=vendor.com/zero"];
    const built = await sandbox.tsbuild([...allowed, "--progress=plain", context]);
    assert.match(built.stderr, /optional device "vendor\.com\/none" is not registered/);
    const text = await told(sandbox, run, allowed);
    assert.equal(text.replaceAll(" ", ""), "injected\nlibrary\n4\n");
  });

test("a required device that the machine does not have is an error that names it", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile: "FROM busybox\nRUN --device=vendor.com/none=1,required true\n",
  });
  const { code, stderr } = await sandbox.tsbuild(["--allow", "device", context]);
  assert.equal(code, 2);
  assert.match(stderr, /Dockerfile:2: required device "vendor\.com\/none=1" is not registered/);
});
