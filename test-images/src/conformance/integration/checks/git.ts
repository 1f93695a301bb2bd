import assert from "node:assert/strict";
import { commitSeconds } from "../../../git/repository.ts";
import { earlierBuild, exportedImage, exportedText, isExported } from "../built.ts";
import type { HandCheck, HandChecks } from "../hand-check.ts";

/** The recording holds the assertions of both branches; buildkit-unit/git_query_add.json says which builds fail. */
const failingQueries = [0, 4, 5, 8, 11, 15, 20, 22, 26];
const queries = 27;

const fails: HandCheck = {
  rewrites: 1,
  leaves: [{ matching: /tc\.expectOut/, reason: "it is of the branch for builds that succeed" }],
  check: ({ ended }) => assert.ok(!ended.succeeded),
};

/** Repositories as contexts and as sources of ADD. */
export const gitChecks: HandChecks = {
  ...Object.fromEntries(
    failingQueries
      .flatMap((index) => [index, index + queries])
      .map((index) => [`testGitQueryString ${index}`, fails]),
  ),
  "testAddGit 4": { rewrites: 1, check: ({ ended }) => assert.ok(!ended.succeeded) },
  "testAddGit 5": { rewrites: 1, check: ({ ended }) => assert.ok(!ended.succeeded) },
  "testAddGitChecksumCache 1": {
    rewrites: 1,
    check: (built) =>
      assert.equal(exportedText(built, "unique.txt"), exportedText(earlierBuild(built, 0), "unique.txt")),
  },
  "testDockerfileFromGit 0": {
    rewrites: 2,
    check: (built) => assert.ok(!isExported(built, "bar2")),
  },
  "testSourceDateEpochContextGit 0": {
    rewrites: 1,
    exports: "oci",
    check: (built) =>
      assert.equal(Date.parse(exportedImage(built).config.created ?? ""), commitSeconds * 1000),
  },
};
