import { type ExecFileSyncOptions, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDebianRegistry } from "@tsbuild/registry/testing";

/** Where a benchmark plays: a fresh XFS for the stores, a registry with the base images, the workload folders. */
export interface Stage extends AsyncDisposable {
  /** A directory on the fresh file system, made anew for each name. */
  store(name: string): string;
  readonly workloads: string;
  readonly registry: string;
}

interface StageOptions {
  /** The folder with the workload generator. */
  readonly data: string;
  readonly work: string;
  readonly rows: readonly string[];
}

const quiet: ExecFileSyncOptions = { stdio: ["ignore", "ignore", "inherit"] };

/** The workloads name their bases by it, so a kept work folder needs the same one again. */
const registryPort = 50_055;

/** Needs root: mounts a loop file system and runs mmdebstrap and buildah. */
export async function setStage({ data, work, rows }: StageOptions): Promise<Stage> {
  mkdirSync(work, { recursive: true });
  const mount = join(work, "xfs");
  const image = join(work, "xfs.img");
  mkdirSync(mount, { recursive: true });
  execFileSync("truncate", ["-s", "24G", image]);
  execFileSync("mkfs.xfs", ["-q", "-f", "-m", "reflink=0", image], quiet);
  execFileSync("mount", ["-o", "loop", image, mount], quiet);
  const registry = await startDebianRegistry({ directory: join(work, "registry"), port: registryPort });
  makeBases(work, registry.host, rows);
  const workloads = join(work, "workloads");
  const names = [...new Set(rows.map((row) => row.replace(/-.*/, "")))];
  makeWorkloads(names, { data, work, workloads, host: registry.host });
  return {
    workloads,
    registry: registry.host,
    store: (name) => {
      const directory = join(mount, name);
      mkdirSync(directory, { recursive: true });
      return directory;
    },
    [Symbol.asyncDispose]: async () => {
      await registry.stop();
      execFileSync("umount", ["-l", mount], quiet);
      execFileSync("rm", ["-f", image], quiet);
    },
  };
}

interface WorkloadOptions {
  readonly data: string;
  readonly work: string;
  readonly workloads: string;
  readonly host: string;
}

/** Once per work folder: writing a hundred thousand files anew takes minutes on some file systems. */
function makeWorkloads(names: readonly string[], { data, work, workloads, host }: WorkloadOptions): void {
  const marker = (name: string): string => join(work, `.made-${name}`);
  const missing = names.filter((name) => !existsSync(marker(name)));
  if (missing.length === 0) return;
  execFileSync(process.execPath, [join(data, "gen.mjs"), workloads, ...missing], {
    stdio: "inherit",
    env: {
      ...process.env,
      DEBIAN: `${host}/debian:12`,
      BUSYBOX: `${host}/busybox:1`,
      BIG: `${host}/big:1`,
    },
  });
  for (const name of missing) writeFileSync(marker(name), "");
}

/** Makes the base images with the peers' own tools, once per work folder, and pushes them. */
function makeBases(work: string, host: string, rows: readonly string[]): void {
  const storage = [
    "--root",
    join(work, "bases"),
    "--runroot",
    join(work, "bases-run"),
    "--storage-driver",
    "vfs",
  ];
  const build = (name: string, dockerfile: string, context: string): void => {
    const marker = join(work, `.pushed-${name.replace(/\W/g, "-")}`);
    if (existsSync(marker)) return;
    const file = join(work, `Dockerfile.${name.replace(/\W/g, "-")}`);
    writeFileSync(file, dockerfile);
    const options = ["--layers", "--runtime", "runc", "--tls-verify=false", "-f", file];
    execFileSync("buildah", [...storage, "bud", ...options, "-t", `${host}/${name}`, context], quiet);
    execFileSync("buildah", [...storage, "push", "--tls-verify=false", `${host}/${name}`], quiet);
    writeFileSync(marker, "");
  };
  const debian = join(work, "debian");
  mkdirSync(debian, { recursive: true });
  if (!existsSync(join(debian, "rootfs.tar")))
    execFileSync("mmdebstrap", ["--variant=minbase", "bookworm", join(debian, "rootfs.tar")], {
      stdio: "ignore",
    });
  const busybox = join(work, "busybox");
  mkdirSync(join(busybox, "bin"), { recursive: true });
  execFileSync("cp", ["/bin/busybox", join(busybox, "bin", "busybox")], quiet);
  const entry = 'RUN ["/bin/busybox", "--install", "-s", "/bin"]\n';
  build("busybox:1", `FROM scratch\nCOPY . /\n${entry}CMD ["sh"]\n`, busybox);
  if (rows.some((row) => /^W[158]/.test(row)))
    build("debian:12", 'FROM scratch\nADD rootfs.tar /\nCMD ["bash"]\n', debian);
  if (rows.some((row) => row.startsWith("W5"))) {
    const install = (packages: string): string =>
      `RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends ${packages}\n`;
    const steps = [install("python3"), install("git"), install("nodejs"), install("build-essential")].join(
      "",
    );
    build("big:1", `FROM ${host}/debian:12\n${steps}`, busybox);
  }
}
