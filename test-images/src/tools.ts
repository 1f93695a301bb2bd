import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** A program that the tests call, and the Debian package that has it. */
interface Tool {
  readonly program: string;
  readonly debianPackage: string;
}

/** Everything the test suites and the conformance run call besides Node. */
export const testTools: readonly Tool[] = [
  { program: "gcc", debianPackage: "gcc" },
  { program: "git", debianPackage: "git" },
  { program: "ssh-add", debianPackage: "openssh-client" },
  { program: "curl", debianPackage: "curl" },
  { program: "openssl", debianPackage: "openssl" },
  { program: "python3", debianPackage: "python3" },
  { program: "busybox", debianPackage: "busybox-static" },
  { program: "mmdebstrap", debianPackage: "mmdebstrap" },
  { program: "runc", debianPackage: "runc" },
  { program: "crun", debianPackage: "crun" },
  { program: "buildah", debianPackage: "buildah" },
  { program: "skopeo", debianPackage: "skopeo" },
  { program: "umoci", debianPackage: "umoci" },
  { program: "dockerd", debianPackage: "docker.io" },
  { program: "docker-registry", debianPackage: "docker-registry" },
  { program: "htpasswd", debianPackage: "apache2-utils" },
  { program: "newuidmap", debianPackage: "uidmap" },
  { program: "faketime", debianPackage: "faketime" },
  { program: "bsdtar", debianPackage: "libarchive-tools" },
  { program: "mkfs.xfs", debianPackage: "xfsprogs" },
  { program: "getfattr", debianPackage: "attr" },
  { program: "setcap", debianPackage: "libcap2-bin" },
  { program: "bzip2", debianPackage: "bzip2" },
  { program: "xz", debianPackage: "xz-utils" },
  { program: "zstd", debianPackage: "zstd" },
];

/** Debian keeps system programs out of an ordinary user's PATH. */
const systemDirectories = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

export function missingPackages(tools: readonly Tool[], path: string): string[] {
  const directories = [...path.split(":"), ...systemDirectories];
  const missing = tools.filter(
    ({ program }) => !directories.some((directory) => isExecutable(join(directory, program))),
  );
  return [...new Set(missing.map(({ debianPackage }) => debianPackage))];
}

export function installLine(packages: readonly string[]): string {
  return `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run: either way not usable.
    return false;
  }
}
