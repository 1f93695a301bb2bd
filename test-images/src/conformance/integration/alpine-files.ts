import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type BaseFile, file } from "../../busybox-root.ts";
import { testBase } from "./base-files.ts";

/** Nothing can be fetched: what is to be added has to be there. */
const apk = `#!/bin/sh
[ "$1" = add ] || { echo "apk: only add is here" >&2; exit 1; }
shift
for name; do
  command -v "$name" > /dev/null || { echo "apk: there is no $name" >&2; exit 1; }
done
`;

/** What stands in for alpine: a busybox with this machine's git, for those who add it. */
export function alpineBase(): readonly BaseFile[] {
  return [...testBase(), file("sbin/apk", apk, 0o755), ...programFiles("git")];
}

/** A program of this machine with the libraries that it loads, where it looks for them. */
function programFiles(name: string): readonly BaseFile[] {
  const program = execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  const libraries = execFileSync("ldd", [program], { encoding: "utf8" }).matchAll(/(\/\S+) \(0x/g);
  return [
    file(`usr/bin/${name}`, readFileSync(program), 0o755),
    ...[...libraries].map(([, path = ""]) => file(path.slice(1), readFileSync(path), 0o755)),
  ];
}
