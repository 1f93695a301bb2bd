import { type ErrorDetails, errorMaker, type TsbuildError } from "@tsbuild/runner-native";

/** The codes of this package, each with its exit code. */
export const builderErrorCodes = {
  DOCKERFILE_MISSING: 2,
  DOCKERFILE_INVALID: 2,
  DOCKERFILE_UNSUPPORTED: 2,
  DOCKERFILE_TOO_LARGE: 2,
  TARGET_UNKNOWN: 2,
  STAGE_CYCLE: 2,
  EXPANSION_INVALID: 2,
  PATTERN_INVALID: 2,
  SOURCE_MISSING: 2,
  SOURCE_CHANGED: 2,
  USER_UNKNOWN: 2,
  OPTION_INVALID: 2,
  REF_MISSING: 2,
  GIT_FAILED: 3,
  CHECKSUM_MISMATCH: 4,
  NOT_ALLOWED: 4,
  DEVICE_UNKNOWN: 2,
  RUN_FAILED: 1,
  EXPORT_FAILED: 5,
} as const;

/** An error of this package: `sentence` names the thing, the hint says what to do, the location where in a file it is. */
export const builderError: (
  code: keyof typeof builderErrorCodes,
  sentence: string,
  details?: ErrorDetails,
) => TsbuildError = errorMaker(builderErrorCodes);
