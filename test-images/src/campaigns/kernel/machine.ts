import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";
import { busyboxBytes } from "../../busybox-root.ts";
import { cpioArchive } from "./cpio.ts";
import { exitMark, type GuestOptions, guestModules, guestScripts } from "./guest.ts";
import { type Kernel, moduleClosure } from "./packages.ts";

export type Architecture = "amd64" | "arm64";

export interface MachineOptions extends GuestOptions {
  readonly architecture: Architecture;
  /** What the guest sees as its root: "/", or a Debian of the guest's architecture in a directory. */
  readonly root: string;
  readonly directory: string;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  readonly parameters: string;
  /** Without it the machine is interpreted: ten times slower, and right everywhere. */
  readonly kvm: boolean;
  readonly signal: AbortSignal;
}

const programs: Readonly<Record<Architecture, string>> = {
  amd64: "qemu-system-x86_64",
  arm64: "qemu-system-aarch64",
};

/** Boots the kernel, runs the command in the guest, prints what it prints; the command's exit code, or undefined when it never came. */
export async function runInGuest(kernel: Kernel, options: MachineOptions): Promise<number | undefined> {
  const initramfs = join(options.directory, "initramfs");
  writeFileSync(initramfs, makeInitramfs(kernel, options));
  const disk = makeDisk(options);
  try {
    const args = machineArguments(kernel, initramfs, disk, options);
    return await boot(programs[options.architecture], args, options.signal);
  } finally {
    rmSync(disk);
  }
}

function makeInitramfs(kernel: Kernel, options: MachineOptions): Buffer {
  const { root } = options;
  const busybox = root === "/" ? busyboxBytes() : readFileSync(join(root, "bin/busybox"));
  const modules = moduleClosure(kernel, guestModules);
  const files = [
    { path: "busybox", mode: 0o100755, content: busybox },
    ...guestScripts(modules.keys(), options),
    ...[...modules].map(([name, content]) => ({ path: `modules/${name}.ko`, mode: 0o100644, content })),
  ];
  return gzipSync(cpioArchive(files), { level: 1 });
}

/** An ext4 file system with the repository in it, as it is now. */
function makeDisk({ directory, diskGiB, repository }: MachineOptions): string {
  const contents = join(directory, "contents");
  const disk = join(directory, "disk");
  rmSync(contents, { recursive: true, force: true });
  mkdirSync(contents);
  execFileSync("cp", ["-a", "--reflink=auto", repository, join(contents, "repository")]);
  execFileSync("mke2fs", ["-q", "-F", "-t", "ext4", "-d", contents, disk, `${diskGiB}G`]);
  rmSync(contents, { recursive: true });
  return disk;
}

function machineArguments(
  kernel: Kernel,
  initramfs: string,
  disk: string,
  options: MachineOptions,
): string[] {
  const { kvm, root, architecture, memoryMiB } = options;
  const hardware = {
    // Protection keys make the interpreted V8 stumble.
    amd64: ["-M", "pc", "-cpu", kvm ? "host" : "max,pku=off"],
    arm64: ["-M", "virt", "-cpu", kvm ? "host" : "cortex-a72"],
  }[architecture];
  const terminal = architecture === "amd64" ? "ttyS0" : "ttyAMA0";
  const parameters = `console=${terminal} quiet panic=-1 ${options.parameters}`;
  const view = `local,path=${root},mount_tag=root,security_model=none,readonly=on,multidevs=remap`;
  const words = `-nodefaults -nographic -no-reboot -serial stdio -smp 2 -m ${memoryMiB}`.split(" ");
  const boots = ["-kernel", kernel.image, "-initrd", initramfs, "-append", parameters];
  const drive = `file=${disk},format=raw,if=virtio,cache=unsafe`;
  const speed = kvm ? ["-enable-kvm"] : [];
  return [...words, ...hardware, ...speed, ...boots, "-drive", drive, "-virtfs", view];
}

async function boot(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number | undefined> {
  const machine = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], signal });
  const ended = new Promise<void>((resolve, reject) => {
    machine.on("error", reject);
    machine.on("close", () => resolve());
  });
  let code: number | undefined;
  for await (const line of createInterface({ input: machine.stdout })) {
    if (line.startsWith(exitMark)) code = Number(line.slice(exitMark.length));
    else console.log(line.replace(/\r$/, ""));
  }
  await ended;
  return code;
}
