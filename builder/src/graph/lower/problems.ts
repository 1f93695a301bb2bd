import { TsbuildError } from "@tsbuild/runner-native";
import { throwTogether } from "../../dockerfile/stages.ts";
import { maxProblems } from "../../limits.ts";

/** Collects what is wrong in places that do not depend on each other, so that it is reported together. */
export interface Problems {
  /** Runs `work`; what is wrong with the Dockerfile there is kept for later. */
  attempt(work: () => void): void;
  /** @throws all that was kept, as one error. */
  settle(): void;
}

/** What one line does wrong does not keep others from being read; limits that are reached do. */
const separate: ReadonlySet<string> = new Set(["DOCKERFILE_INVALID", "DOCKERFILE_UNSUPPORTED"]);

export function createProblems(): Problems {
  const found: TsbuildError[] = [];
  const settle = (): void => throwTogether(found);
  return {
    settle,
    attempt: (work) => {
      try {
        work();
      } catch (error) {
        if (!(error instanceof TsbuildError) || error.location === undefined) throw error;
        found.push(error);
        if (!separate.has(error.code) || found.length >= maxProblems) settle();
      }
    },
  };
}
