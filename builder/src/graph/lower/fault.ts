import { TsbuildError } from "@tsbuild/runner-native";
import { builderError, type builderErrorCodes } from "../../errors.ts";
import { locationOf, rangeOf, type Token } from "../../dockerfile/place.ts";
import { Problem } from "../../dockerfile/problem.ts";
import type { ScannedInstruction } from "../../dockerfile/scan/scan.ts";

/** Runs `work`; what is wrong gets the place of the token, else of the whole instruction. */
export function atInstruction<Result>(
  file: string,
  scanned: ScannedInstruction,
  token: Token | undefined,
  work: () => Result,
): Result {
  try {
    return work();
  } catch (error) {
    throw withPlace(error, file, scanned, token);
  }
}

function withPlace(
  error: unknown,
  file: string,
  scanned: ScannedInstruction,
  token: Token | undefined,
): unknown {
  if (error instanceof Problem)
    return faultAt(file, scanned, error.message, {
      token: error.token ?? token,
      ...(error.isLimit && { code: "DOCKERFILE_TOO_LARGE" }),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  if (!(error instanceof TsbuildError) || error.location !== undefined) return error;
  return faultAt(file, scanned, error.message, {
    token,
    ...(error.code === "DOCKERFILE_TOO_LARGE" && { code: error.code }),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

/** An error at an instruction. */
export function faultAt(
  file: string,
  scanned: ScannedInstruction,
  sentence: string,
  details: {
    readonly token?: Token | undefined;
    readonly hint?: string;
    readonly code?: keyof typeof builderErrorCodes;
  } = {},
): TsbuildError {
  const { token, hint, code = "DOCKERFILE_INVALID" } = details;
  const range =
    scanned.shownAt ?? rangeOf(scanned.segments, token?.start ?? 0, token?.end ?? scanned.text.length);
  return builderError(code, sentence, {
    ...(hint === undefined ? {} : { hint }),
    location: locationOf(file, range),
  });
}
