import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { defaultCapabilities } from "../../src/container-spec.ts";
import { TsbuildError } from "../../src/errors.ts";
import type { Runtime } from "../../src/runtime.ts";
import { findHierarchies } from "../../src/cgroup/hierarchies.ts";
import { capabilityBits, ownCapabilities } from "../../src/runtimes/capabilities.ts";
import { isInUserNamespace } from "../../src/user-namespace/detect.ts";
import { makeTestRoot, runInContainer, runScript, type TestRun, type TestRunOptions } from "../container.ts";
import { findProcess, processes } from "../processes.ts";

/** What differs between runtimes without being wrong. */
export interface RuntimeTraits {
  /** Ids that the user namespace of the test knows; 1 where only root is mapped. */
  readonly ids: "many" | "one";
  /** Whether the exit by a signal is told apart from the code 128 + n. */
  readonly seesSignals: boolean;
}

/** The behaviour that every Runtime shares, whoever runs it. */
export function runtimeContract(name: string, runtime: Runtime, traits: RuntimeTraits): void {
  describe(name, () => {
    const root = makeTestRoot();
    after(() => root[Symbol.dispose]());
    const script = (text: string, options: Partial<TestRunOptions> = {}): Promise<TestRun> =>
      runScript(text, { runtime, root, ...options });
    const run = (argv: readonly string[], options: Partial<TestRunOptions> = {}): Promise<TestRun> =>
      runInContainer({ runtime, root, ...options, argv });

    describe("the command", () => {
      for (const code of [0, 3, 125, 255])
        test(`exit code ${code} is reported`, async () => {
          assert.deepEqual((await script(`exit ${code}`)).outcome, { kind: "exit", code });
        });

      test("is pid 1", async () => assert.equal((await script("echo $$")).stdout, "1\n"));

      test("has exactly the given environment", async () => {
        const { stdout } = await run(["env"], { env: ["PATH=/bin", "A=b c", "EMPTY=", "HOME=/h"] });
        assert.deepEqual(stdout.trim().split("\n").sort(), ["A=b c", "EMPTY=", "HOME=/h", "PATH=/bin"]);
      });

      test("is looked up in the container's PATH", async () => {
        assert.equal((await run(["echo", "hi"], { env: ["PATH=/nowhere:/bin"] })).stdout, "hi\n");
      });

      const missing: readonly (readonly [string, readonly string[], 126 | 127, RegExp])[] = [
        ["a name that PATH does not have", ["nonesuch"], 127, /nonesuch.*not found/],
        ["a path that does not exist", ["/bin/nonesuch"], 127, /nonesuch.*no such file/],
        ["a file without permission to execute", ["/etc/passwd"], 126, /permission denied/],
      ];
      for (const [what, argv, code, reason] of missing)
        test(`${what} is not started: ${code}`, async () => {
          const { outcome } = await run(argv);
          assert.equal(outcome.kind, "not-started");
          assert.ok(outcome.kind === "not-started" && outcome.code === code, JSON.stringify(outcome));
          assert.match(outcome.reason, reason);
        });

      test("a file of no known format is not started, with a text that says so", async () => {
        writeFileSync(join(root.layer, "bin/garbage"), "\u0001\u0002\u0003", { mode: 0o755 });
        const { outcome } = await run(["/bin/garbage"]);
        assert.ok(outcome.kind === "not-started" && outcome.code === 126, JSON.stringify(outcome));
        assert.match(outcome.reason, /exec format error/);
      });

      test("death by a signal from outside is reported", async () => {
        const marker = `31536${process.pid}`;
        const running = run(["sleep", marker]);
        process.kill(await findProcess("sleep", marker), "SIGKILL");
        const { outcome } = await running;
        if (traits.seesSignals) assert.deepEqual(outcome, { kind: "signal", signal: "SIGKILL" });
        else assert.deepEqual(outcome, { kind: "exit", code: 137 });
      });

      test("usage is reported", async () => {
        const { usage } = await script("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
        assert.ok(
          usage && usage.userMs + usage.systemMs > 0 && usage.maxRssBytes > 100_000,
          JSON.stringify(usage),
        );
      });

      test("handles signals as if nobody had touched them", async () => {
        const { stdout } = await run(["grep", "-E", "Sig(Blk|Ign|Cgt)", "/proc/self/status"]);
        assert.deepEqual(
          stdout.match(/[0-9a-f]{16}/g),
          ["0", "0", "0"].map((digit) => digit.padStart(16, "0")),
        );
      });
    });

    describe("the working directory", () => {
      test("is the given one", async () =>
        assert.equal((await run(["pwd"], { cwd: "/etc" })).stdout, "/etc\n"));

      test("is made when it is missing", async () => {
        assert.equal((await run(["pwd"], { cwd: "/a/b" })).stdout, "/a/b\n");
      });

      test("made beforehand belongs to its owner with its missing parents, and is no stub", async () => {
        const id = traits.ids === "many" ? 7 : 0;
        const madeDirectory = { path: "/etc/../etc/new/dir", uid: id, gid: id };
        const { stdout, stubs } = await run(["stat", "-c", "%a %u:%g", ".", "..", "/etc"], {
          cwd: "/etc/new/dir",
          madeDirectory,
        });
        assert.equal(stdout, `755 ${id}:${id}\n755 ${id}:${id}\n755 0:0\n`);
        assert.deepEqual(
          stubs.filter(({ path }) => path.startsWith("etc/new")),
          [],
        );
      });

      test("made beforehand stays as it is when it is there", async () => {
        const { stdout } = await run(["stat", "-c", "%u", "/etc"], {
          madeDirectory: { path: "/etc", uid: 7, gid: 7 },
        });
        assert.equal(stdout, "0\n");
      });

      for (const fd of [3, 7, 10])
        test(`never lies outside the root: /proc/self/fd/${fd} (CVE-2024-21626)`, async () => {
          await assert.rejects(run(["pwd"], { cwd: `/proc/self/fd/${fd}` }), TsbuildError);
        });
    });

    describe("identity", () => {
      test("root has no supplementary groups", async () => {
        assert.equal((await script("id -u; id -G")).stdout, "0\n0\n");
      });

      const users = traits.ids === "many" ? [1000] : [];
      for (const uid of users) {
        test(`uid ${uid}, gid and groups are exactly those given (CVE-2022-2990)`, async () => {
          const { stdout } = await script("id -u; id -g; id -G", {
            user: { uid, gid: 1001, additionalGids: [7, 1002] },
          });
          assert.deepEqual(stdout.trim().split("\n").slice(0, 2), [String(uid), "1001"]);
          assert.deepEqual(
            stdout.trim().split("\n")[2]?.split(" ").map(Number).sort(byValue),
            [7, 1001, 1002],
          );
        });

        test(`uid ${uid} has no capabilities`, async () => {
          const sets = capabilitySets((await readStatus(script, { user: { uid, gid: 0 } })).stdout);
          assert.deepEqual(
            [sets["CapInh"], sets["CapPrm"], sets["CapEff"], sets["CapAmb"]],
            [0n, 0n, 0n, 0n],
          );
        });

        test(`uid ${uid} may open /dev/stdout and /dev/stderr`, async () => {
          const { stdout, stderr } = await script("echo out > /dev/stdout; echo err > /dev/stderr", {
            user: { uid, gid: uid },
          });
          assert.deepEqual([stdout, stderr], ["out\n", "err\n"]);
        });
      }

      test("root has docker's capabilities, none of them inheritable or ambient (CVE-2022-24769)", async () => {
        const sets = capabilitySets((await readStatus(script)).stdout);
        const granted = capabilityBits(defaultCapabilities);
        assert.deepEqual(sets, { CapInh: 0n, CapPrm: granted, CapEff: granted, CapBnd: granted, CapAmb: 0n });
      });

      test("the umask is 022, or the one given", async () => {
        assert.equal((await script("umask")).stdout, "0022\n");
        assert.equal((await script("umask", { user: { uid: 0, gid: 0, umask: 0o77 } })).stdout, "0077\n");
      });

      test("resource limits are set", async () => {
        const change: TestRunOptions["change"] = (spec) => ({
          ...spec,
          process: { ...spec.process, rlimits: [{ type: "RLIMIT_NOFILE", soft: 77, hard: 78 }] },
        });
        assert.equal((await script("ulimit -Sn; ulimit -Hn", { change })).stdout, "77\n78\n");
      });

      test("a resource limit of -1 is none", async () => {
        const rlimits = [
          { type: "RLIMIT_FSIZE", soft: -1, hard: -1 },
          { type: "RLIMIT_CORE", soft: 0, hard: -1 },
        ];
        const { stdout } = await script("ulimit -Sf; ulimit -Hf; ulimit -Sc; ulimit -Hc", { rlimits });
        assert.equal(stdout, "unlimited\nunlimited\n0\nunlimited\n");
      });

      test("no_new_privs is off by default and can be asked for", async () => {
        const change: TestRunOptions["change"] = (spec) => ({
          ...spec,
          process: { ...spec.process, noNewPrivileges: true },
        });
        const privileges = "grep NoNewPrivs /proc/self/status | tr -d '\\t'";
        assert.equal((await script(privileges)).stdout, "NoNewPrivs:0\n");
        assert.equal((await script(privileges, { change })).stdout, "NoNewPrivs:1\n");
      });
    });

    describe("stdio", () => {
      test("stdin is a pipe at its end", async () => {
        assert.equal((await script("cat; readlink /proc/self/fd/0 | grep -c pipe")).stdout, "1\n");
      });

      test("both streams arrive apart, and whole", async () => {
        const { stdout, stderr } = await script("dd if=/dev/zero bs=64k count=40 2>/dev/null; echo no >&2");
        assert.deepEqual([stdout.length, stderr], [40 * 65_536, "no\n"]);
      });

      test("output arrives while the command still runs", async () => {
        const seen: number[] = [];
        await script("echo first; sleep 0.3; echo second", { onOutput: () => seen.push(performance.now()) });
        assert.ok(seen.length === 2 && Number(seen[1]) - Number(seen[0]) > 150, String(seen));
      });

      test("a background process that holds stdout does not hold the step", async () => {
        const started = performance.now();
        const { outcome, stdout } = await script("sleep 60 & echo done");
        assert.deepEqual([outcome, stdout], [{ kind: "exit", code: 0 }, "done\n"]);
        assert.ok(performance.now() - started < 20_000);
      });

      test("no other descriptor reaches the command", async () => {
        const { stdout } = await script("echo /proc/self/fd/*");
        // The shell itself opens the directory that it lists.
        assert.deepEqual(stdout.trim().split(" ").slice(0, 3), [
          "/proc/self/fd/0",
          "/proc/self/fd/1",
          "/proc/self/fd/2",
        ]);
        assert.equal((await run(["ls", "/proc/1/fd"])).stdout, "0\n1\n2\n3\n");
      });
    });

    describe("cancellation", () => {
      test("an aborted signal starts nothing", async () => {
        await assert.rejects(run(["true"], { signal: AbortSignal.abort(new Error("stop")) }), /stop/);
      });

      const commands = [
        ["that ignores SIGTERM", "trap '' TERM; sleep 71 & sleep 72"],
        ["that has no handler, as pid 1", "sleep 71 & sleep 72"],
      ] as const;
      for (const [what, command] of commands)
        test(`a command ${what} is gone within two seconds, with all its children`, async () => {
          const marker = String(700_000 + Math.trunc(process.pid % 10_000));
          const controller = new AbortController();
          const running = script(
            command.replaceAll(/7[12]/g, (end) => `${marker}${end}`),
            { signal: controller.signal },
          );
          await findProcess("sleep", `${marker}72`);
          const started = performance.now();
          controller.abort(new Error("cancelled"));
          await assert.rejects(running, /cancelled/);
          assert.ok(performance.now() - started < 2000);
          assert.deepEqual(
            processes().filter(({ command: line }) => line.includes(marker)),
            [],
          );
        });

      test("a command that handles SIGTERM can tidy up", async () => {
        const controller = new AbortController();
        const rootfs = root.newOverlay();
        const running = script(
          "trap 'touch /tidied; exit 0' TERM; echo ready; while true; do sleep 0.05; done",
          {
            rootfs,
            signal: controller.signal,
            onOutput: () => controller.abort(new Error("cancelled")),
          },
        );
        await assert.rejects(running, /cancelled/);
        assert.ok(existsSync(join(rootfs.upper, "tidied")));
      });
    });

    describe("mounts", () => {
      test("missing mount points are reported as stubs, with the parent's time before", async () => {
        const source = join(root.directory, "resolv.conf");
        writeFileSync(source, "nameserver 192.0.2.1\n");
        utimesSync(join(root.layer, "etc"), 1_000_000_000, 1_000_000_000);
        const rootfs = root.newOverlay();
        const { stubs, stdout } = await script("cat /etc/resolv.conf", {
          rootfs,
          mounts: [
            { destination: "/etc/resolv.conf", type: "bind", source, options: ["rbind", "ro"] },
            { destination: "/deep/er", type: "tmpfs", source: "tmpfs", options: ["size=64k"] },
          ],
        });
        assert.equal(stdout, "nameserver 192.0.2.1\n");
        const named = stubs.map(({ path, type }) => `${type} ${path}`).sort();
        const expected = [
          "directory deep",
          "directory deep/er",
          "directory dev",
          "directory proc",
          "directory sys",
        ];
        assert.deepEqual(named, [...expected, "file etc/resolv.conf"]);
        assert.equal(stubs.find(({ path }) => path === "etc/resolv.conf")?.parentMtimeSeconds, 1_000_000_000);
        assert.equal(statSync(join(rootfs.upper, "etc/resolv.conf")).size, 0);
      });

      test("what is there is no stub, and a link to a missing file is followed inside the root", async () => {
        const source = join(root.directory, "hosts");
        writeFileSync(source, "127.0.0.1 localhost\n");
        writeFileSync(join(root.layer, "etc/hosts"), "old\n");
        symlinkSync("../run/stub", join(root.layer, "etc/dangling"));
        const { stubs, stdout } = await script("cat /etc/hosts /etc/dangling", {
          mounts: ["/etc/hosts", "/etc/dangling"].map((destination) => ({
            destination,
            type: "bind",
            source,
            options: ["rbind", "ro"],
          })),
        });
        assert.equal(stdout, "127.0.0.1 localhost\n".repeat(2));
        const made = stubs.map(({ path }) => path).filter((path) => !["proc", "dev", "sys"].includes(path));
        assert.deepEqual(made, ["run", "run/stub"]);
      });

      test("a read-only bind cannot be written, and another can", async () => {
        const source = mkdtempSync(join(tmpdir(), "tsbuild-bind-"));
        const bind = (destination: string, access: string) => ({
          destination,
          type: "bind",
          source,
          options: ["rbind", access],
        });
        const { outcome } = await script("echo x > /ro/file", { mounts: [bind("/ro", "ro")] });
        assert.deepEqual(outcome, { kind: "exit", code: 1 });
        await script("echo x > /rw/file", { mounts: [bind("/rw", "rw")] });
        assert.equal(readFileSync(join(source, "file"), "utf8"), "x\n");
        rmSync(source, { recursive: true });
      });

      test("a tmpfs is empty, writable, and reaches no layer", async () => {
        mkdirSync(join(root.layer, "scratch"));
        writeFileSync(join(root.layer, "scratch/below"), "");
        const rootfs = root.newOverlay();
        const { stdout } = await script("ls /scratch; touch /scratch/new; ls /scratch", {
          rootfs,
          mounts: [{ destination: "/scratch", type: "tmpfs", source: "tmpfs", options: ["mode=1777"] }],
        });
        assert.equal(stdout, "new\n");
        assert.ok(!existsSync(join(rootfs.upper, "scratch")));
      });

      test("an overlay is mounted: layers topmost first, changes in its upper directory", async () => {
        const at = mkdtempSync(join(root.directory, "overlay-"));
        const [upper, work, top, bottom] = [
          `${at}/upper`,
          `${at}/work`,
          `${at}/top`,
          `${at}/bottom`,
        ] as const;
        for (const path of [upper, work, top, bottom]) mkdirSync(path);
        writeFileSync(join(top, "name"), "top\n");
        writeFileSync(join(bottom, "name"), "bottom\n");
        writeFileSync(join(bottom, "low"), "low\n");
        const options = [`lowerdir+=${top}`, `lowerdir+=${bottom}`, `upperdir=${upper}`, `workdir=${work}`];
        const mounts = [
          { destination: "/mnt", type: "overlay", source: "overlay", options: ["nodev", ...options] },
        ];
        const { stdout } = await script("cat /mnt/name /mnt/low; echo x > /mnt/new; rm /mnt/low", { mounts });
        assert.equal(stdout, "top\nlow\n");
        assert.equal(readFileSync(join(upper, "new"), "utf8"), "x\n");
      });

      test("a read-only root cannot be written", async () => {
        const { outcome } = await script("touch /new", { readonlyRoot: true });
        assert.deepEqual(outcome, { kind: "exit", code: 1 });
      });

      test("what the command writes is in the upper directory", async () => {
        const rootfs = root.newOverlay();
        await script("mkdir /made; echo text > /made/file; rm /etc/passwd", { rootfs });
        assert.equal(readFileSync(join(rootfs.upper, "made/file"), "utf8"), "text\n");
      });

      test("nothing is mounted on the host, while it runs or later", async () => {
        const before = hostMounts();
        const rootfs = root.newOverlay();
        let during: string[] = [];
        await script("echo x; sleep 0.1", { rootfs, onOutput: () => (during = hostMounts()) });
        assert.deepEqual([during, hostMounts()], [before, before]);
      });

      for (const path of ["proc", "sys", "dev"])
        test(`an image whose /${path} is a link is refused (CVE-2019-19921, CVE-2026-41579)`, async () => {
          using evil = makeTestRoot();
          mkdirSync(join(evil.layer, "other"));
          symlinkSync("/other", join(evil.layer, path));
          await assert.rejects(
            runInContainer({ runtime, root: evil, argv: ["true"] }),
            (error) => error instanceof TsbuildError && error.exitCode === 5,
          );
        });
    });

    describe("isolation", () => {
      test("masked paths are empty", async () => {
        const { stdout } = await script(
          "cat /proc/timer_list /proc/keys | wc -c; ls -A /proc/acpi /sys/firmware | grep -v : | wc -w",
        );
        assert.equal(stdout.replaceAll(" ", ""), "0\n0\n");
      });

      for (const path of [
        "/proc/sys/vm/overcommit_memory",
        "/proc/sysrq-trigger",
        "/proc/sys/kernel/core_pattern",
      ])
        test(`${path} cannot be written`, async () => {
          assert.deepEqual((await script(`echo 0 > ${path}`)).outcome, { kind: "exit", code: 1 });
        });

      test("device nodes that the container makes cannot be opened", async () => {
        const { stdout } = await script(
          "for at in / /dev/; do mknod ${at}disk b 7 0 2>/dev/null; mknod ${at}mem c 1 1 2>/dev/null; for d in disk mem; do dd if=$at$d bs=1 count=1 2>/dev/null && echo opened; done; done; true",
        );
        assert.equal(stdout, "");
      });

      test("the standard nodes work", async () => {
        const script1 =
          "echo x > /dev/null; dd if=/dev/zero bs=3 count=1 2>/dev/null | wc -c; dd if=/dev/urandom bs=5 count=1 2>/dev/null | wc -c";
        assert.equal((await script(script1)).stdout.replaceAll(" ", ""), "3\n5\n");
      });

      test("/dev/shm, /dev/mqueue, /dev/pts and the links are there", async () => {
        const { stdout } = await script("ls /dev; touch /dev/shm/x && ls -d /dev/pts/ptmx; readlink /dev/fd");
        for (const name of [
          "shm",
          "mqueue",
          "pts",
          "ptmx",
          "stdin",
          "stdout",
          "stderr",
          "full",
          "tty",
          "/dev/pts/ptmx",
          "/proc/self/fd",
        ])
          assert.ok(stdout.split("\n").includes(name), `${name} in ${stdout}`);
      });

      test("a network of its own has a loopback interface only, and it is up", async () => {
        const { stdout } = await script("ls /sys/class/net; cat /sys/class/net/lo/flags", {
          network: "none",
        });
        assert.equal(stdout, "lo\n0x9\n");
      });

      test("the host's network is the host's", async () => {
        const { stdout } = await script("readlink /proc/self/ns/net", { network: "host" });
        assert.equal(stdout, `${execFileSync("readlink", ["/proc/self/ns/net"]).toString()}`);
      });

      test("the host's /sys cannot be written, nor what is mounted in it", async () => {
        const { stdout } = await script(
          "grep ' /sys' /proc/self/mounts | grep -v ' ro,' | grep -v ' ro '; true",
        );
        assert.equal(stdout, "");
      });

      test("the host name is its own", async () => {
        assert.equal((await run(["hostname"], { hostname: "buildsandbox" })).stdout, "buildsandbox\n");
      });

      test("processes of the host are not seen", async () => {
        const { stdout } = await script("ls /proc | grep -c '^[0-9]*$'");
        assert.ok(Number(stdout) < 10, stdout);
      });

      for (const namespace of ["pid", "mnt", "ipc", "uts", "cgroup"])
        test(`the ${namespace} namespace is its own`, async () => {
          const { stdout } = await run(["readlink", `/proc/self/ns/${namespace}`]);
          assert.notEqual(stdout, execFileSync("readlink", [`/proc/self/ns/${namespace}`]).toString());
        });
    });

    insecureContract(script);
    groupContract(script);

    test("many run at once", async () => {
      const runs = Array.from({ length: 8 }, (_, index) => script(`echo ${index}`));
      const outputs = (await Promise.all(runs)).map(({ stdout }) => stdout);
      assert.deepEqual(
        outputs,
        Array.from({ length: 8 }, (_, index) => `${index}\n`),
      );
    });
  });
}

/** What holds of a container that is not to be confined. */
function insecureContract(script: Script): void {
  describe("without confinement", () => {
    const insecure = { security: "insecure" } as const;
    const own = capabilityBits(ownCapabilities());
    const isMachine = !isInUserNamespace();

    test("every capability that can be granted is in every set", async () => {
      const sets = capabilitySets((await readStatus(script, insecure)).stdout);
      assert.deepEqual(sets, { CapInh: own, CapPrm: own, CapEff: own, CapBnd: own, CapAmb: own });
    });

    test("nothing is masked or read-only", async () => {
      const { stdout } = await script("grep -E ' /(proc|sys)/?[^ ]* [^ ]+ ro[ ,]' /proc/self/mounts; true", {
        ...insecure,
        network: "none",
      });
      assert.equal(stdout, "");
      const masked = await script("grep -cE ' /(proc|sys/firmware)/' /proc/self/mounts; true", insecure);
      assert.equal(masked.stdout, "0\n");
    });

    test("/proc/sys can be written by who is root of the machine", async () => {
      const path = "/proc/sys/vm/overcommit_memory";
      const { outcome } = await script(`cat ${path} > /value && cat /value > ${path}`, insecure);
      assert.deepEqual(outcome, { kind: "exit", code: isMachine ? 0 : 1 });
    });

    test("devices can be made and opened by who is root of the machine", async () => {
      const { outcome } = await script(
        "mknod /node c 1 3 && echo x > /node && mknod /dev/node c 1 3",
        insecure,
      );
      assert.deepEqual(outcome, { kind: "exit", code: isMachine ? 0 : 1 });
    });

    test("the host's special devices are there for who is root of the machine", async () => {
      const { stdout } = await script(
        "ls -l /dev/fuse /dev/loop-control /dev/net/tun /dev/loop0 | cut -c1",
        insecure,
      );
      assert.equal(stdout, isMachine ? "c\nc\nb\nc\n" : "");
    });

    test("a device that is shown can be opened", async () => {
      const device = (source: string) => ({
        mounts: [
          { destination: "/dev/mine", type: "bind", source, options: ["bind", "dev", "nosuid", "noexec"] },
        ],
      });
      const read = "dd if=/dev/mine bs=3 count=1 2>/dev/null | wc -c";
      assert.equal((await script(read, device("/dev/zero"))).stdout.trim(), "3");
      assert.equal((await script(read, device("/dev/null"))).stdout.trim(), "0");
    });
  });
}

/** What holds of a container with limits; where the machine has no such thing, it says so. */
function groupContract(script: Script): void {
  describe("control groups", () => {
    const memory = findHierarchies().find(({ controllers }) => controllers.has("memory"));
    const canLimit = memory !== undefined && isWritable(memory.mount);
    const options = {
      resources: { memory: { limit: 32 << 20, swap: 32 << 20 } },
      cgroupsPath: `/tsbuild-test-${process.pid}/tsbuild/run`,
    };
    const left = (): string[] =>
      findHierarchies()
        .filter(({ mount }) => existsSync(join(mount, options.cgroupsPath)))
        .map(({ mount }) => mount);
    after(() => {
      for (const { mount } of findHierarchies()) removeGroup(join(mount, `tsbuild-test-${process.pid}`));
    });

    test("a command that wants more memory than it may have is ended, and that is told", async () => {
      // tail keeps a line without end.
      const running = script("tail -c 100m /dev/zero | wc -c; exit 1", options);
      if (!canLimit) return assert.rejects(running, { code: "CGROUP_UNUSABLE" });
      assert.deepEqual((await running).outcome, { kind: "limit", which: "memory" });
      assert.deepEqual(left(), []);
    });

    test("the groups are the container's own, and gone with it", async () => {
      const running = script("cat /proc/self/cgroup; echo; readlink /proc/self/ns/cgroup", options);
      if (!canLimit) return assert.rejects(running, { code: "CGROUP_UNUSABLE" });
      const { stdout } = await running;
      const groups =
        stdout
          .split("\n\n")[0]
          ?.split("\n")
          .filter((line) => !line.includes("name=")) ?? [];
      assert.ok(groups.length > 0 && groups.every((line) => line.endsWith(":/")), stdout);
      assert.deepEqual(left(), []);
    });

    test("a group above is not removed, and no path leads out of a hierarchy", async () => {
      const running = script("true", { ...options, cgroupsPath: `/../../tsbuild-test-${process.pid}/x` });
      if (!canLimit) return assert.rejects(running, { code: "CGROUP_UNUSABLE" });
      assert.deepEqual((await running).outcome, { kind: "exit", code: 0 });
      assert.ok(existsSync(join(memory.mount, `tsbuild-test-${process.pid}`)));
    });
  });
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false; // mounted read-only, or somebody else's
  }
}

function removeGroup(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // never made
  }
}

type Script = (text: string, options?: Partial<TestRunOptions>) => Promise<TestRun>;

function readStatus(script: Script, options: Partial<TestRunOptions> = {}): Promise<TestRun> {
  return script("cat /proc/self/status", options);
}

function capabilitySets(status: string): Record<string, bigint> {
  const lines = [...status.matchAll(/^(Cap\w+):\s*([0-9a-f]+)$/gm)];
  return Object.fromEntries(lines.map(([, set = "", digits = ""]) => [set, BigInt(`0x${digits}`)]));
}

function byValue(left: number, right: number): number {
  return left - right;
}

function hostMounts(): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes("tsbuild-runtime-"));
}
