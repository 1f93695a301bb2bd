import { type ErrorDetails, errorMaker, type TsbuildError } from "@tsbuild/layers";

/** The codes of this package, each with its exit code: 2 usage, 3 network, registry or auth, 4 verification. */
export const registryErrorCodes = {
  PROXY_INVALID: 2,
  REGISTRY_UNREACHABLE: 3,
  REGISTRY_UNAUTHORIZED: 3,
  REGISTRY_DENIED: 3,
  REGISTRY_FAILED: 3,
  REGISTRY_PROTOCOL: 3,
  RATE_LIMITED: 3,
  IMAGE_NOT_FOUND: 3,
  TLS_FAILED: 3,
  ADDRESS_REFUSED: 3,
  REDIRECT_REFUSED: 3,
  CREDENTIALS_INVALID: 3,
  CREDENTIAL_HELPER_FAILED: 3,
  BLOB_NOT_FOUND: 3,
  DOWNLOAD_FAILED: 3,
  BLOB_MISMATCH: 4,
  MANIFEST_MISMATCH: 4,
} as const;

/** One of the codes of this package. */
export type RegistryErrorCode = keyof typeof registryErrorCodes;

/** An error of this package: `sentence` names the thing, the hint says what to do. */
export const registryError: (
  code: RegistryErrorCode,
  sentence: string,
  details?: ErrorDetails,
) => TsbuildError = errorMaker(registryErrorCodes);
