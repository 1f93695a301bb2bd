import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { startDebianRegistry } from "@tsbuild/registry/testing";
import { makeSandbox, type Sandbox } from "./sandbox.ts";

/** Starts Debian's dockerd on a socket of its own, without a network, and stops it by pid. */
async function startDocker(sandbox: Sandbox): Promise<{ host: string; stop: () => Promise<void> }> {
  const root = sandbox.path("docker");
  mkdirSync(root);
  const socket = `unix://${root}/docker.sock`;
  const options = [
    "--host",
    socket,
    "--data-root",
    `${root}/data`,
    "--exec-root",
    `${root}/exec`,
    "--pidfile",
    `${root}/pid`,
  ];
  const child = spawn("/usr/sbin/dockerd", [...options, "--bridge=none", "--iptables=false"], {
    stdio: "ignore",
  });
  for (let attempt = 0; attempt < 300 && !existsSync(`${root}/docker.sock`); attempt++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("exit", resolve));
  };
  if (!existsSync(`${root}/docker.sock`)) {
    await stop();
    throw new Error("dockerd did not start within 30 seconds");
  }
  return { host: socket, stop };
}

describe("a Debian image with a package from apt", () => {
  // What was started goes again, also when a later part of the preparation fails.
  const started = new AsyncDisposableStack();
  let sandbox: Sandbox;
  let docker: Awaited<ReturnType<typeof startDocker>>;
  let context: string;

  before(async () => {
    sandbox = started.use(await makeSandbox({ base: "none" }));
    const registry = await startDebianRegistry();
    started.defer(() => registry.stop());
    docker = await startDocker(sandbox);
    started.defer(() => docker.stop());
    const rootfs = sandbox.context({ Dockerfile: 'FROM scratch\nADD debian.tar /\nCMD ["bash"]\n' });
    await sandbox.run("mmdebstrap", ["--variant=minbase", "bookworm", `${rootfs}/debian.tar`]);
    const base = await sandbox.tsbuild(["-t", `${registry.host}/debian:12`, "--push", rootfs]);
    assert.equal(base.code, 0, base.stderr);
    rmSync(`${rootfs}/debian.tar`);
    context = sandbox.context({
      Dockerfile: `FROM ${registry.host}/debian:12
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-minimal && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home app && chmod 0700 /home/app && stat -c '%a %u %n' /tmp /home/app /root > /modes
WORKDIR /app
COPY app.py .
USER app
RUN python3 app.py > /home/app/out.txt
CMD ["python3", "/app/app.py"]
`,
      "app.py": 'import os\nprint("uid", os.getuid(), "in", os.getcwd())\n',
    });
    const built = await sandbox.tsbuild(["--progress", "plain", "-t", "app:1", context], {
      store: sandbox.path("fresh"),
    });
    assert.equal(built.code, 0, built.stderr);
  });

  after(() => started.disposeAsync());

  const store = (): { store: string } => ({ store: sandbox.path("fresh") });

  test("is cached at every step when it is built again", async () => {
    const again = await sandbox.tsbuild(["--progress", "plain", "-t", "app:1", context], store());
    assert.equal(again.stderr.match(/^#\d+ CACHED$/gm)?.length, 6, again.stderr);
  });

  for (const runtime of ["runc", "crun"] as const)
    test(`runs from a bundle with ${runtime}`, async () => {
      const bundle = sandbox.path(`bundle-${runtime}`);
      const made = await sandbox.tsbuild(["bundle", "app:1", bundle], store());
      assert.equal(made.code, 0, made.stderr);
      const script =
        runtime === "runc"
          ? `runc --root ${bundle}.state run --bundle ${bundle} tsbuild-proof`
          : `mount -t cgroup2 none /sys/fs/cgroup && crun --root ${bundle}.state --cgroup-manager=disabled run --bundle ${bundle} tsbuild-proof`;
      const output = await sandbox.run("unshare", ["--mount", "sh", "-c", script]);
      assert.equal(output, "uid 1000 in /app\n");
    });

  test("is loaded and run by docker, with its modes", async () => {
    const archive = sandbox.path("app.tar");
    const saved = await sandbox.tsbuild(
      ["-t", "app:1", "-o", `type=docker,dest=${archive}`, context],
      store(),
    );
    assert.equal(saved.code, 0, saved.stderr);
    const env = { DOCKER_HOST: docker.host };
    await sandbox.run("docker", ["load", "-i", archive], { env });
    const run = ["run", "--rm", "--network", "none", "app:1"];
    assert.equal(await sandbox.run("docker", run, { env }), "uid 1000 in /app\n");
    const modes = await sandbox.run(
      "docker",
      [...run, "stat", "-c", "%a %u %n", "/tmp", "/home/app", "/root"],
      { env },
    );
    assert.equal(modes, "1777 0 /tmp\n700 1000 /home/app\n700 0 /root\n");
    assert.equal(await sandbox.run("docker", [...run, "cat", "/modes"], { env }), modes);
  });

  test("--load puts it into docker", async () => {
    const loaded = await sandbox.tsbuild(["-t", "loaded:1", "--load", context], {
      ...store(),
      env: { DOCKER_HOST: docker.host },
    });
    assert.equal(loaded.code, 0, loaded.stderr);
    const env = { DOCKER_HOST: docker.host };
    assert.match(await sandbox.run("docker", ["image", "inspect", "loaded:1"], { env }), /python3/);
  });
});

test("an image whose /tmp is 1777 and /home/u is 1000:1000 0700 keeps them in docker, umoci and skopeo", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile: `FROM busybox
RUN mkdir -p /home/u && chown 1000:1000 /home/u && chmod 0700 /home/u && chmod 1777 /tmp
COPY f /tmp/f
COPY f /home/u/f
CMD ["stat", "-c", "%a %u:%g %n", "/tmp", "/home/u"]
`,
    f: "x",
  });
  const archive = sandbox.path("a.tar");
  const layout = sandbox.path("layout");
  const built = await sandbox.tsbuild([
    "-t",
    "modes:1",
    "-o",
    `type=docker,dest=${archive}`,
    "-o",
    `type=oci,dest=${layout},tar=false`,
    context,
  ]);
  assert.equal(built.code, 0, built.stderr);
  const want = "1777 0:0 /tmp\n700 1000:1000 /home/u\n";
  const docker = await startDocker(sandbox);
  try {
    const env = { DOCKER_HOST: docker.host };
    await sandbox.run("docker", ["load", "-i", archive], { env });
    assert.equal(await sandbox.run("docker", ["run", "--rm", "--network", "none", "modes:1"], { env }), want);
  } finally {
    await docker.stop();
  }
  await sandbox.run("skopeo", ["copy", `docker-archive:${archive}`, `oci:${sandbox.path("copied")}:latest`]);
  // As BuildKit writes them, images of a layout are named by the tag alone.
  for (const image of [`${layout}:1`, `${sandbox.path("copied")}:latest`]) {
    const bundle = `${image.replace(":", "-")}-bundle`;
    await sandbox.run("umoci", ["unpack", "--image", image, bundle]);
    const stat = await sandbox.run("stat", [
      "-c",
      "%a %u:%g",
      `${bundle}/rootfs/tmp`,
      `${bundle}/rootfs/home/u`,
    ]);
    assert.equal(stat, "1777 0:0\n700 1000:1000\n");
  }
});

test("a store on a full file system: a clear error, and it works again afterwards", async () => {
  await using sandbox = await makeSandbox({ base: "none" });
  const small = sandbox.path("small");
  mkdirSync(small);
  await sandbox.run("mount", ["-t", "tmpfs", "-o", "size=24m", "none", small]);
  try {
    const context = sandbox.context({
      Dockerfile: "FROM scratch\nCOPY big /big\n",
      big: Buffer.alloc(40 << 20, 1),
    });
    const full = await sandbox.tsbuild(["-t", "full", context], { store: `${small}/store` });
    assert.equal(full.code, 5, full.stderr);
    assert.match(full.stderr, /space|full/i);
    writeFileSync(`${context}/big`, "small now");
    const again = await sandbox.tsbuild(["-t", "fits", context], { store: `${small}/store` });
    assert.equal(again.code, 0, again.stderr);
  } finally {
    await sandbox.run("umount", [small]);
  }
});

test("a RUN that fills the file system fails as a step, not as the builder", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile:
      "FROM busybox\nRUN cat /proc/self/mountinfo > /m; dd if=/dev/zero of=/dev/full bs=1 count=1\n",
  });
  const result = await sandbox.tsbuild(["--progress", "plain", context]);
  assert.equal(result.code, 1, result.stderr);
  assert.match(result.stderr, /No space left/);
});

test("the store works on ext4, XFS, tmpfs and an overlay", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({
    Dockerfile:
      "FROM busybox\nRUN rm /bin/ls && mkdir /n && echo x > /n/x\nRUN rm -r /n && mkdir /n && echo y > /n/y\n",
  });
  const digests = new Set<string>();
  for (const kind of ["ext4", "xfs", "tmpfs", "overlay"] as const) {
    const mount = sandbox.path(kind);
    await mountFresh(sandbox, kind, mount);
    try {
      await sandbox.run("cp", ["-a", sandbox.store, `${mount}/store`]);
      const metadata = sandbox.path(`${kind}.json`);
      const args = ["--reproducible", "-t", "a", "--metadata-file", metadata, "--progress", "plain", context];
      const built = await sandbox.tsbuild(args, { store: `${mount}/store` });
      assert.equal(built.code, 0, `${kind}: ${built.stderr}`);
      digests.add(digestIn(metadata));
      // The copy snapshotter makes the same layers on every file system.
      const forced = ["--no-cache", "--snapshotter", "copy", ...args];
      const copied = await sandbox.tsbuild(forced, { store: `${mount}/store` });
      assert.equal(copied.code, 0, `${kind}, copied: ${copied.stderr}`);
      digests.add(digestIn(metadata));
    } finally {
      await sandbox.run("umount", [mount]);
    }
  }
  assert.equal(digests.size, 1);
});

function digestIn(metadata: string): string {
  return String(
    (JSON.parse(readFileSync(metadata, "utf8")) as Record<string, unknown>)["containerimage.digest"],
  );
}

async function mountFresh(
  sandbox: Sandbox,
  kind: "ext4" | "xfs" | "tmpfs" | "overlay",
  mount: string,
): Promise<void> {
  mkdirSync(mount);
  switch (kind) {
    case "tmpfs":
      await sandbox.run("mount", ["-t", "tmpfs", "none", mount]);
      return;
    case "overlay": {
      for (const part of ["lower", "upper", "work"]) mkdirSync(sandbox.path(part));
      const options = `lowerdir=${sandbox.path("lower")},upperdir=${sandbox.path("upper")},workdir=${sandbox.path("work")}`;
      await sandbox.run("mount", ["-t", "overlay", "-o", options, "none", mount]);
      return;
    }
    case "ext4":
    case "xfs": {
      const image = sandbox.path(`${kind}.img`);
      await sandbox.run("truncate", ["-s", "400M", image]);
      await sandbox.run(`mkfs.${kind}`, ["-q", image]);
      await sandbox.run("mount", ["-o", "loop", image, mount]);
    }
  }
}
