import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { runnerError } from "../errors.ts";
import type { HelperBinary } from "./helper-binary.ts";
import { openStepStdio, type StepStdio } from "./stdio.ts";

/** A helper that waits for its spec. */
export interface HelperProcess {
  /** Takes the spec and signals, gives reports; its end kills everything. */
  readonly control: Socket;
  readonly stdio: StepStdio;
  readonly state: "alive" | "ended";
  /** While it rests it does not keep this process from ending (which ends it too). */
  rest(): void;
  wake(): void;
}

/** @throws HELPER_MISSING when no candidate can be executed. */
export function startHelper(binary: HelperBinary): HelperProcess {
  const stdio = openStepStdio();
  let child: ChildProcess;
  try {
    child = spawnFirst(binary.candidates, stdio);
  } catch (error) {
    stdio.stop();
    throw error;
  } finally {
    stdio.closeChildFds();
  }
  const control = child.stdio[3] as Socket;
  control.on("error", () => control.destroy());
  return {
    control,
    stdio,
    get state() {
      return child.exitCode === null && child.signalCode === null && !control.destroyed ? "alive" : "ended";
    },
    rest: () => {
      child.unref();
      control.unref();
    },
    wake: () => {
      child.ref();
      control.ref();
    },
  };
}

function spawnFirst(candidates: readonly string[], stdio: StepStdio): ChildProcess {
  const { spawn } = process.getBuiltinModule("node:child_process");
  let problem: unknown;
  for (const program of candidates) {
    const child = spawn(program, [], { stdio: [...stdio.childFds, "pipe"], env: {} });
    if (child.pid !== undefined) return child;
    child.on("error", (error) => (problem = error));
  }
  throw runnerError("HELPER_MISSING", `${candidates.join(" or ")} could not be started`, {
    cause: problem,
    hint: "check that the file is executable and its file system is not mounted noexec",
  });
}
