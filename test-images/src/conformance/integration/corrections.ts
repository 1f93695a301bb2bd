import type { RecordedBuild } from "./case.ts";

/**
 * What the recording lost, by test and build: attributes that the test's program sets between builds, and outcomes that it checks
 * without the words that the recording looks for.
 */
export const corrections: Readonly<Record<string, Partial<RecordedBuild>>> = {
  "testCacheMountModeNoCache 1": { frontend_attrs: { "build-arg:FOO": "def", "no-cache": "" } },
  "testCacheMountModeNoCache 2": { frontend_attrs: { "build-arg:FOO": "ghi" } },
  "testNoCache 1": { frontend_attrs: { "no-cache": "" } },
  "testNoCache 2": { frontend_attrs: { "no-cache": "s1" } },
  "testDefaultEnvWithArgs 0": { frontend_attrs: {} },
  "testDockerfileInvalidCommand 0": {
    expect: {
      result: "error",
      error_contains: ["/bin/sh -c invalidcmd", "did not complete successfully"],
    },
  },
  "testDockerignore 0": { expect: { result: "success" } },
  "testNamedLocalContext 0": { expect: { result: "success" } },
  "testRunNoNetwork 0": { dockerfile: "FROM busybox\nRUN --network=none ! ip link show eth0\n" },
};
