import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";
import { busyboxBytes } from "../../busybox-root.ts";
import { cpioArchive } from "./cpio.ts";
import { exitMark, type GuestOptions, guestModules, guestScripts } from "./guest.ts";
import { type Kernel, moduleClosure } from "./packages.ts";

export interface MachineOptions extends GuestOptions {
  readonly directory: string;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  readonly parameters: string;
  /** Without it the machine is interpreted: ten times slower, and right everywhere. */
  readonly kvm: boolean;
  readonly signal: AbortSignal;
}

/** Boots the kernel, runs the command in the guest, prints what it prints; the command's exit code, or undefined when it never came. */
export async function runInGuest(kernel: Kernel, options: MachineOptions): Promise<number | undefined> {
  const initramfs = join(options.directory, "initramfs");
  writeFileSync(initramfs, makeInitramfs(kernel, options));
  const disk = makeDisk(options);
  try {
    return await boot(machineArguments(kernel, initramfs, disk, options), options.signal);
  } finally {
    rmSync(disk);
  }
}

function makeInitramfs(kernel: Kernel, options: GuestOptions): Buffer {
  const modules = moduleClosure(kernel, guestModules);
  const files = [
    { path: "busybox", mode: 0o100755, content: busyboxBytes() },
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
  const { kvm } = options;
  const parameters = `console=ttyS0 quiet panic=-1 ${options.parameters}`;
  const processor = kvm ? ["-enable-kvm", "-cpu", "host"] : ["-cpu", "max,pku=off"];
  const view = "local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap";
  const words = `-nodefaults -nographic -no-reboot -serial stdio -smp 2 -m ${options.memoryMiB}`.split(" ");
  const boots = ["-kernel", kernel.image, "-initrd", initramfs, "-append", parameters];
  const drive = `file=${disk},format=raw,if=virtio,cache=unsafe`;
  return [...words, ...processor, ...boots, "-drive", drive, "-virtfs", view];
}

async function boot(args: readonly string[], signal: AbortSignal): Promise<number | undefined> {
  const machine = spawn("qemu-system-x86_64", args, { stdio: ["ignore", "pipe", "inherit"], signal });
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
