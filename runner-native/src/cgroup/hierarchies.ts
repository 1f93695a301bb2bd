import { readFileSync } from "node:fs";

/** A mounted cgroup hierarchy: the one of version 2, or one of version 1 with its controllers. */
export interface Hierarchy {
  readonly version: 1 | 2;
  readonly mount: string;
  readonly controllers: ReadonlySet<string>;
}

/** The hierarchies of this machine, by what is mounted. */
export function findHierarchies(
  mountInfo: string = readFileSync("/proc/self/mountinfo", "utf8"),
): Hierarchy[] {
  const found = new Map<string, Hierarchy>();
  for (const line of mountInfo.split("\n")) {
    const [place = "", system = ""] = line.split(" - ");
    const mount = unescapeSpaces(place.split(" ")[4] ?? "");
    const [type, , options = ""] = system.split(" ");
    if (type === "cgroup2") found.set(mount, { version: 2, mount, controllers: availableIn(mount) });
    const names = options.split(",");
    // One with a name only groups processes for whoever mounted it.
    if (type === "cgroup" && !names.some((name) => name.startsWith("name=")))
      found.set(mount, { version: 1, mount, controllers: new Set(names) });
  }
  return [...found.values()];
}

function availableIn(mount: string): ReadonlySet<string> {
  try {
    return new Set(readFileSync(`${mount}/cgroup.controllers`, "utf8").trim().split(" "));
  } catch {
    return new Set(); // covered by another mount, or gone
  }
}

/** proc(5): a blank in a path is written as \040. */
function unescapeSpaces(path: string): string {
  return path.replaceAll("\\040", " ");
}
