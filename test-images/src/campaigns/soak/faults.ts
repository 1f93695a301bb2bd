import type { Chance } from "../chance.ts";
import { descendantsOf } from "./leftovers.ts";

/** What is done to a build in the middle. */
export const faults = ["none", "kill", "kill-group", "kill-one", "interrupt"] as const;
export type Fault = (typeof faults)[number];

/** Does it; a process that has ended already is left in peace. */
export function inflict(fault: Fault, pid: number, by: Chance): void {
  switch (fault) {
    case "none":
      return;
    case "kill":
      return send(pid, "SIGKILL");
    case "kill-group":
      return send(-pid, "SIGKILL");
    case "kill-one":
      // The helper, a step's process, or tsbuild itself.
      return send(by.pick(descendantsOf(pid)), "SIGKILL");
    case "interrupt":
      return send(pid, "SIGINT");
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: it was quicker than we.
  }
}
