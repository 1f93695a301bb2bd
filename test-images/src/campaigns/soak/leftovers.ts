import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Processes of a killed build may take so long to end. */
const patienceMs = 2000;

/** Processes that were started for this store, and mounts below it, that stay: sentences about them. */
export async function leftoversOf(store: string): Promise<string[]> {
  let processes = processesOf(store);
  for (const end = performance.now() + patienceMs; processes.length > 0 && performance.now() < end; ) {
    await delay(20);
    processes = processesOf(store);
  }
  return [...processes.map((pid) => `process ${pid} is left: ${commandOf(pid)}`), ...mountsBelow(store)];
}

/** A process and all its children, grandchildren …, as they are now. */
export function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const each of processIds()) {
    const parent = parentOf(each);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), each]);
  }
  const found = [pid];
  for (const each of found) found.push(...(children.get(each) ?? []));
  return found;
}

function processesOf(store: string): number[] {
  const wanted = `TSBUILD_ROOT=${store}`;
  return processIds().filter((pid) => read(`/proc/${pid}/environ`).split("\0").includes(wanted));
}

function mountsBelow(store: string): string[] {
  return read("/proc/self/mountinfo")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((path) => path.startsWith(`${store}/`))
    .map((path) => `the mount ${path} is left`);
}

function processIds(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** proc(5): the name, in brackets, may hold anything; the parent is the second field after it. */
function parentOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const parent = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
  return parent === undefined ? undefined : Number(parent);
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
}

/** Empty for what has gone or belongs to somebody else. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
