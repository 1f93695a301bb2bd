import type { Exception } from "../exceptions.ts";

/** Builds that cannot be run here, or not yet, by the reason. An entry is `test build`, or `test first-last`. */
const reasons: Readonly<Record<string, readonly string[]>> = {
  "needs the internet: packages of alpine, github.com, an image of BuildKit's authors": [
    "testInsecureDevicesWhitelist 0",
    "testSSHFileDescriptorsClosed 0",
  ],
  "caches that are exported and imported are not built yet": [
    "testExportCacheLoop 0-1",
    "testCacheMultiPlatformImportExport 0-1",
    "testImageManifestCacheImportExport 0-1",
    "testCacheImportExport 0-1",
    "testImportExportReproducibleIDs 0-1",
    "testReproSourceDateEpoch 0-8",
  ],
  "several platforms in one build are not built yet": [
    "testTarExporterMulti 1",
    "testMultiNilRefsOCIExporter 0",
  ],
  "calls BuildKit's own API (gateway, sessions, subrequests), which tsbuild does not have": [
    "testFrontendUseForwardedSolveResults 0-2",
    "testFrontendEvaluate 1-2",
    "testFrontendInputs 0-1",
    "testFrontendSubrequests 1",
    "testNilContextInSolveGateway 0-1",
    "testMultiNilRefsInSolveGateway 0-1",
    "testPullScratch 2",
    "testNamedInputContext 0-2",
    "testNamedMultiplatformInputContext 0-2",
    "testFrontendDeduplicateSources 0-2",
  ],
  "Windows images, and several platforms in one build, are not built yet": [
    "testDefaultShellAndPath 0",
    "testDefaultPathEnvOnWindows 0",
    "testExportMultiPlatform 0-1",
    "testPlatformWithOSVersion 0-2",
  ],
  "needs a source policy that replaces an image, which is not built yet": [
    "testSourcePolicyWithNamedContext 0",
  ],
  "attestations (provenance, SBOM) are not built yet": [
    "testProvenanceAttestation 0-8",
    "testGitProvenanceAttestation 0-2",
    "testMultiPlatformProvenance 0",
    "testClientFrontendProvenance 0-3",
    "testGatewayBuiltinSyntaxSourceProvenance 0",
    "testClientLLBProvenance 0-2",
    "testGatewayProvenanceRootRequest 0-1",
    "testGatewayProvenanceSameCallbackInputProducer 0-1",
    "testGatewayProvenanceDifferentCallbackInputProducer 0",
    "testGatewayProvenancePlainLLBInputFallback 0-1",
    "testGatewayProvenanceNestedInputProducer 0",
    "testDockerfileProvenanceInputProducer 0",
    "testSecretSSHProvenance 0",
    "testOCILayoutProvenance 1",
    "testNilProvenance 0-5",
    "testDuplicatePlatformProvenance 0",
    "testDockerIgnoreMissingProvenance 0-1",
    "testCommandSourceMapping 0",
    "testDuplicateLayersProvenance 0",
    "testProvenanceExportLocal 0",
    "testProvenanceExportLocalForceSplit 0",
    "testProvenanceExportLocalMultiPlatform 0",
    "testProvenanceExportLocalMultiPlatformNoSplit 0",
    "testSBOMScannerImage 1",
    "testSBOMScannerArgs 1-3",
  ],
};

/** An exception for each of these builds. */
export const integrationExceptions: readonly Exception[] = Object.entries(reasons).flatMap(
  ([reason, entries]) => entries.flatMap(rowsOf).map((row) => ({ set: "buildkit-integration", row, reason })),
);

function rowsOf(entry: string): readonly string[] {
  const [, test, first, last = first] = /^(\S+) (\d+)(?:-(\d+))?$/.exec(entry) ?? [];
  return Array.from(
    { length: Number(last) - Number(first) + 1 },
    (_, index) => `${test} ${Number(first) + index}`,
  );
}
