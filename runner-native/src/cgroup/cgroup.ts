import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { runnerError } from "../errors.ts";
import type { RunOutcome, RunSpec } from "../runtime.ts";
import type { OciResources } from "../spec.ts";
import { findHierarchies, type Hierarchy } from "./hierarchies.ts";
import { settingsOf } from "./limits.ts";

/** The control groups of one container, one in every hierarchy; removed when they are disposed. */
export interface Cgroup extends Disposable {
  readonly directories: readonly string[];
  /** The outcome, or what it really was: a kill for lack of memory. */
  explain(outcome: RunOutcome): RunOutcome;
}

/** The group that holds a group for each step. */
const ownGroup = "tsbuild";

const none: Cgroup = { directories: [], explain: (outcome) => outcome, [Symbol.dispose]: () => undefined };

/** Makes the groups that a container wants, with their limits; most want none. @throws CGROUP_UNUSABLE */
export function makeCgroup({ id, oci }: Pick<RunSpec, "id" | "oci">): Cgroup {
  const { cgroupsPath, resources = {} } = oci.linux;
  const isLimited = resources.memory !== undefined || resources.cpu !== undefined;
  if (cgroupsPath === undefined && !isLimited) return none;
  // Normalized from the root on: it cannot climb out of a hierarchy.
  const path = normalize(join("/", cgroupsPath ?? `${ownGroup}/${id}`));
  const made: string[] = [];
  const remove = (): void => made.forEach(removeDirectory);
  try {
    const hierarchies = findHierarchies();
    for (const hierarchy of hierarchies) made.push(makeIn(hierarchy, path, resources));
    applyLimits(hierarchies, path, resources);
  } catch (error) {
    remove();
    throw error;
  }
  return { directories: made, explain: (outcome) => explainKill(outcome, made), [Symbol.dispose]: remove };
}

function makeIn(hierarchy: Hierarchy, path: string, resources: OciResources): string {
  let directory = hierarchy.mount;
  try {
    for (const name of path.split("/").slice(1)) {
      if (hierarchy.version === 2) enable(hierarchy, directory, resources);
      const parent = directory;
      directory = join(parent, name);
      mkdirSync(directory, { recursive: true });
      if (hierarchy.controllers.has("cpuset") && hierarchy.version === 1) inheritCpus(parent, directory);
    }
  } catch (cause) {
    throw unusable(`the cgroup ${directory} cannot be made`, cause);
  }
  return directory;
}

function unusable(sentence: string, cause?: unknown): Error {
  return runnerError("CGROUP_UNUSABLE", sentence, {
    cause,
    hint: "limits need root, or a cgroup of version 2 that was given to you: --cgroup-parent PATH",
  });
}

/** Version 2 hands a controller down only where every group above says so. */
function enable({ controllers }: Hierarchy, directory: string, resources: OciResources): void {
  const wanted = new Set(settingsOf(resources, 2).map(({ controller }) => controller));
  for (const controller of wanted)
    if (controllers.has(controller))
      writeFileSync(join(directory, "cgroup.subtree_control"), `+${controller}`);
}

/** Version 1 takes no process into a group without processors and memory nodes, and a new one has none. */
function inheritCpus(parent: string, directory: string): void {
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    const own = join(directory, file);
    if (readFileSync(own, "utf8").trim() === "") writeFileSync(own, readFileSync(join(parent, file)));
  }
}

function applyLimits(hierarchies: readonly Hierarchy[], path: string, resources: OciResources): void {
  const controllers = new Set(settingsOf(resources, 1).map(({ controller }) => controller));
  for (const controller of controllers) {
    const hierarchy = hierarchies.find((each) => each.controllers.has(controller));
    if (hierarchy === undefined)
      throw unusable(`this machine has no cgroup controller for ${controller}, which a limit needs`);
    for (const { controller: its, file, value } of settingsOf(resources, hierarchy.version))
      if (its === controller) write(join(hierarchy.mount, path, file), value);
  }
}

function write(file: string, value: string): void {
  try {
    writeFileSync(file, value);
  } catch (cause) {
    throw unusable(`the limit ${value} cannot be set: ${file}`, cause);
  }
}

/** A shell whose child was killed ends as it likes; only a failure is explained. */
function explainKill(outcome: RunOutcome, directories: readonly string[]): RunOutcome {
  const failed = outcome.kind === "signal" || (outcome.kind === "exit" && outcome.code !== 0);
  return failed && directories.some(hasKilled) ? { kind: "limit", which: "memory" } : outcome;
}

function hasKilled(directory: string): boolean {
  return ["memory.events", "memory.oom_control"].some((name) => {
    try {
      return /^oom_kill [1-9]/m.test(readFileSync(join(directory, name), "utf8"));
    } catch {
      return false; // a group of another controller, or of the other version
    }
  });
}

/** With the group above, when that is for groups of ours and this was the last. */
function removeDirectory(directory: string): void {
  const above = dirname(directory);
  for (const path of [directory, ...(basename(above) === ownGroup ? [above] : [])])
    try {
      rmdirSync(path);
    } catch {
      return; // another step has a group there, or somebody else a process
    }
}
