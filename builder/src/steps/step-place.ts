import { type SourceLocation, TsbuildError } from "@tsbuild/runner-native";
import type { Step } from "../graph/step.ts";

/** Runs `work`; an error without a place gets that of the step in the Dockerfile. */
export async function atStep<Result>(step: Step, file: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw placeAt(step, file, error);
  }
}

/** An error with the place of a step, unless it has one. */
export function placeAt(step: Pick<Step, "span">, file: string, error: unknown): unknown {
  const location = locationOf(step, file);
  if (!(error instanceof TsbuildError) || error.location || !location) return error;
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return new TsbuildError(error.code, error.exitCode, error.message, { ...hint, location, cause: error });
}

export function locationOf({ span }: Pick<Step, "span">, file: string): SourceLocation | undefined {
  return span && { file, line: span.startLine, column: 1, endLine: span.endLine };
}
