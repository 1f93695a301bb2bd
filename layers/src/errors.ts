import { type ErrorDetails, errorMaker, type TsbuildError } from "@tsbuild/runner-native";

/** The codes of this package, each with its exit code: 2 usage, 4 verification, 5 resources of the machine. */
export const layersErrorCodes = {
  DIGEST_INVALID: 2,
  REFERENCE_INVALID: 2,
  BLOB_MISSING: 4,
  BLOB_CORRUPT: 4,
  BLOB_TOO_LARGE: 4,
  STORE_VERSION: 5,
  STORE_FULL: 5,
  STORE_READ_ONLY: 5,
  STORE_MISSING: 5,
  STORE_DAMAGED: 5,
  STORE_IO: 5,
  IMAGE_UNKNOWN: 2,
  USER_UNKNOWN: 2,
  USER_INVALID: 2,
  TAR_INVALID: 4,
  TAR_ESCAPES: 4,
  COMPRESSION_UNKNOWN: 4,
  COMPRESSION_CORRUPT: 4,
  COMPRESSION_MEMORY: 4,
  JSON_INVALID: 4,
  MANIFEST_INVALID: 4,
  LAYOUT_INVALID: 4,
  ARCHIVE_INVALID: 4,
  CONTENT_CHANGED: 2,
  COPY_CONFLICT: 2,
  LINK_LOOP: 2,
  SNAPSHOTTER_UNUSABLE: 5,
} as const;

/** An error of this package: `sentence` names the thing, the hint says what to do. */
export const layersError: (
  code: keyof typeof layersErrorCodes,
  sentence: string,
  details?: ErrorDetails,
) => TsbuildError = errorMaker(layersErrorCodes);
