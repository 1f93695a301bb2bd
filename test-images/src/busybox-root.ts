import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blankMetadata, type TarEntry } from "@tsbuild/layers";
import { parseTreePath, type TreePath } from "@tsbuild/runner-native";

/** One file of a base image made in code. */
export interface BaseFile {
  readonly entry: TarEntry & { readonly path: TreePath };
  readonly content: Uint8Array | undefined;
}

const installed = ["/bin/busybox", "/usr/bin/busybox"];

/** The root file system of a busybox base: the static binary, a link for each applet, and the files a user expects. */
export function busyboxRoot(): BaseFile[] {
  const binary = busyboxBinary();
  const applets = execFileSync(binary.path, ["--list-full"], { encoding: "utf8" }).trim().split("\n");
  const content = readFileSync(binary.path);
  binary.dispose();
  const directories = [
    "bin",
    "dev",
    "etc",
    "home",
    "root",
    "sbin",
    "tmp",
    "usr",
    "usr/bin",
    "usr/sbin",
    "var",
    "var/tmp",
  ];
  const modes: Readonly<Record<string, number>> = { root: 0o700, tmp: 0o1777, "var/tmp": 0o1777 };
  return [
    ...directories.map((path) => directory(path, modes[path] ?? 0o755)),
    file("bin/busybox", content, 0o755),
    ...applets
      .filter((path) => path !== "bin/busybox")
      .map((path) => link(path.replace(/^linuxrc$/, "bin/linuxrc"), "/bin/busybox")),
    file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n", 0o644),
    file("etc/group", "root:x:0:\nnobody:x:65534:\n", 0o644),
  ];
}

/** The static busybox itself, which needs nothing else of a system. */
export function busyboxBytes(): Uint8Array {
  const binary = busyboxBinary();
  const content = readFileSync(binary.path);
  binary.dispose();
  return content;
}

/** The static busybox: the installed one, else Debian's package, downloaded and unpacked, which needs no root. */
function busyboxBinary(): { readonly path: string; readonly dispose: () => void } {
  const found = installed.find((path) => existsSync(path) && isStatic(path));
  if (found !== undefined) return { path: found, dispose: () => undefined };
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-busybox-"));
  execFileSync("apt-get", ["download", "-qq", "busybox-static"], {
    cwd: directory,
    stdio: ["ignore", "ignore", "inherit"],
  });
  execFileSync("sh", ["-c", "dpkg-deb -x busybox-static_*.deb root"], { cwd: directory });
  const path = installed.map((each) => join(directory, "root", each)).find((each) => existsSync(each));
  if (path === undefined)
    throw new Error("Debian's busybox-static package holds no busybox where it is expected");
  return { path, dispose: () => rmSync(directory, { recursive: true, force: true }) };
}

/** A static ELF names no interpreter (program header PT_INTERP, type 3). */
function isStatic(path: string): boolean {
  const bytes = readFileSync(path);
  const offset = Number(bytes.readBigUInt64LE(32));
  const size = bytes.readUInt16LE(54);
  const count = bytes.readUInt16LE(56);
  for (let at = 0; at < count; at++) if (bytes.readUInt32LE(offset + at * size) === 3) return false;
  return true;
}

const blank = { ...blankMetadata, xattrs: undefined };

function directory(path: string, mode: number): BaseFile {
  return { entry: { ...blank, path: parseTreePath(path), type: "directory", mode }, content: undefined };
}

/** A regular file of root's. */
export function file(path: string, content: string | Uint8Array, mode: number): BaseFile {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return {
    entry: { ...blank, path: parseTreePath(path), type: "file", mode, size: bytes.length },
    content: bytes,
  };
}

/** A symbolic link. */
export function link(path: string, linkTarget: string): BaseFile {
  return {
    entry: { ...blank, path: parseTreePath(path), type: "symlink", mode: 0o777, linkTarget },
    content: undefined,
  };
}
