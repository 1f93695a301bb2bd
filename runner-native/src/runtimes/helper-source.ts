import { type HelperBinary, openHelper } from "./helper-binary.ts";
import { type HelperProcess, startHelper } from "./helper-process.ts";

/**
 * Gives a started helper at each call. From the second call on, the next one is started ahead, while the step of this one
 * runs: starting a process takes a third of the time of a short step. A helper that waits costs about 100 KiB.
 */
export function createHelperSource(helperPath: string): () => HelperProcess {
  let binary: HelperBinary | undefined;
  let spare: HelperProcess | undefined;
  let calls = 0;
  const startAhead = (): void => {
    if (spare || !binary) return;
    try {
      spare = startHelper(binary);
      spare.rest();
    } catch {
      // No process or descriptor to be had just now: the next run starts its own, and says so if it cannot.
    }
  };
  return () => {
    binary ??= openHelper(helperPath);
    const ready = spare?.state === "alive" ? spare : undefined;
    spare = undefined;
    if (++calls > 1) setImmediate(startAhead);
    if (!ready) return startHelper(binary);
    ready.wake();
    return ready;
  };
}
