import { type ErrorDetails, errorMaker, type TsbuildError } from "@tsbuild/runner-native";

const cliErrorCodes = {
  USAGE: 2,
  CONTEXT_MISSING: 2,
  IMAGE_NOT_LOCAL: 2,
  IMAGE_NOT_PULLED: 3,
  DESTINATION_EXISTS: 2,
  SSH_AGENT_UNUSABLE: 2,
  LOADER_FAILED: 5,
  RESULT_UNWRITABLE: 5,
} as const;

export const cliError: (
  code: keyof typeof cliErrorCodes,
  sentence: string,
  details?: ErrorDetails,
) => TsbuildError = errorMaker(cliErrorCodes);
