import type { Built } from "./built.ts";

/**
 * What stands for the checks of a build that the recording holds as text of the test's program. Together with the checks that
 * are judged from the recording it accounts for every recorded check: the runner counts, and a check that nobody accounts for
 * makes the build fail.
 */
export interface HandCheck {
  /** How many recorded checks it rewrites. */
  readonly rewrites: number;
  /** An export that the check looks at, when the recorded build makes none of the kind. */
  readonly exports?: "local" | "tar" | "oci";
  /** Recorded checks that are not judged: those whose text matches. */
  readonly leaves?: readonly LeftChecks[];
  /** @throws AssertionError when the build is not what the recorded checks want. */
  readonly check: (built: Built) => void;
}

/** Recorded checks that nothing stands for, and why. */
export interface LeftChecks {
  readonly matching: RegExp;
  readonly reason: string;
}

/** Hand-written checks by `TEST BUILD`. */
export type HandChecks = Readonly<Record<string, HandCheck>>;
