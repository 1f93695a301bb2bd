import type { Exception } from "../exceptions.ts";

interface Because {
  /** What the failing build says: all are tried, and one that fails with other words is no exception. */
  readonly problem: RegExp;
  /** `test build`, or `test first-last`. */
  readonly builds: readonly string[];
}

/** Builds that cannot be run here, or not yet, by the reason. */
const reasons: Readonly<Record<string, Because>> = {
  "needs the internet: an image of BuildKit's authors, a base for Windows": because(
    /registry-1\.docker\.io cannot be reached/,
    ["testInsecureDevicesWhitelist 0", "testDefaultPathEnvOnWindows 0"],
  ),
  "needs the internet: packages of alpine and github.com": because(
    /needs an SSH agent of the test's program/,
    ["testSSHFileDescriptorsClosed 0"],
  ),
  "needs the internet: a Debian base of 2023, whose digests the test knows": because(
    /needs (?:files|a value) of the test's program/,
    ["testReproSourceDateEpoch 0-8"],
  ),
  "caches that are exported and imported are not built yet": because(/--cache-(?:from|to) is not built yet/, [
    "testExportCacheLoop 0-1",
    "testCacheMultiPlatformImportExport 0-1",
    "testImageManifestCacheImportExport 0-1",
    "testCacheImportExport 0-1",
    "testImportExportReproducibleIDs 0-1",
  ]),
  "several platforms, most with Windows, in one build are not built yet": because(/is not a platform/, [
    "testTarExporterMulti 1",
    "testMultiNilRefsOCIExporter 0",
    "testDefaultShellAndPath 0",
    "testExportMultiPlatform 0-1",
  ]),
  "two platforms of the test's program in one image": because(/p1Str|FormatAll/, [
    "testPlatformWithOSVersion 0-2",
  ]),
  "calls BuildKit's own API (gateway, sessions, LLB), which tsbuild does not have": because(
    /BuildKit's API/,
    [
      "testFrontendUseForwardedSolveResults 0-2",
      "testFrontendEvaluate 1-2",
      "testFrontendInputs 0",
      "testFrontendSubrequests 1",
      "testNilContextInSolveGateway 0-1",
      "testMultiNilRefsInSolveGateway 0-1",
      "testPullScratch 2",
      "testNamedInputContext 0-2",
      "testNamedMultiplatformInputContext 0-2",
      "testFrontendDeduplicateSources 0-2",
      "testClientFrontendProvenance 0-3",
      "testGatewayBuiltinSyntaxSourceProvenance 0",
      "testClientLLBProvenance 0-2",
      "testGatewayProvenanceRootRequest 0-1",
      "testGatewayProvenanceSameCallbackInputProducer 0-1",
      "testGatewayProvenanceDifferentCallbackInputProducer 0",
      "testGatewayProvenancePlainLLBInputFallback 0-1",
      "testGatewayProvenanceNestedInputProducer 0",
      "testDockerIgnoreMissingProvenance 0-1",
    ],
  ),
  "its context is what a build by BuildKit's API gives": because(/\/foo.*not found/, [
    "testFrontendInputs 1",
  ]),
  "needs a source policy that replaces an image, which is not built yet": because(
    /unsupported context source docker-image for replace/,
    ["testSourcePolicyWithNamedContext 0"],
  ),
  "attestations (provenance, SBOM) are not built yet": because(/--attest is not built yet/, [
    "testProvenanceAttestation 0-8",
    "testMultiPlatformProvenance 0",
    "testSecretSSHProvenance 0",
    "testOCILayoutProvenance 1",
    "testNilProvenance 0-5",
    "testDuplicatePlatformProvenance 0",
    "testCommandSourceMapping 0",
    "testDuplicateLayersProvenance 0",
    "testProvenanceExportLocal 0",
    "testProvenanceExportLocalForceSplit 0",
    "testProvenanceExportLocalMultiPlatform 0",
    "testProvenanceExportLocalMultiPlatformNoSplit 0",
    "testSBOMScannerImage 1",
    "testSBOMScannerArgs 1-3",
  ]),
  "attestations of what the test's program serves or writes": because(
    /server\.URL|provenanceInputDockerfile/,
    ["testGitProvenanceAttestation 0-2", "testDockerfileProvenanceInputProducer 0"],
  ),
};

/** An exception for each of these builds. */
export const integrationExceptions: readonly Exception[] = Object.entries(reasons).flatMap(
  ([reason, { problem, builds }]) =>
    builds.flatMap(rowsOf).map((row) => ({ set: "buildkit-integration", row, reason, problem })),
);

function because(problem: RegExp, builds: readonly string[]): Because {
  return { problem, builds };
}

function rowsOf(entry: string): readonly string[] {
  const [, test, first, last = first] = /^(\S+) (\d+)(?:-(\d+))?$/.exec(entry) ?? [];
  return Array.from(
    { length: Number(last) - Number(first) + 1 },
    (_, index) => `${test} ${Number(first) + index}`,
  );
}
