import assert from "node:assert/strict";
import { type Built, earlierBuild, exportedImage, exportedText } from "../built.ts";
import type { HandChecks } from "../hand-check.ts";

/** What is taken from the cache, and what is not. */
export const cacheChecks: HandChecks = {
  "testCacheReleased 1": {
    rewrites: 0,
    leaves: [{ matching: /checkAllReleasable/, reason: "it looks at the leases of BuildKit's own store" }],
    check: () => undefined,
  },
  "testReproducibleIDs 0": { rewrites: 0, exports: "oci", check: () => undefined },
  "testReproducibleIDs 1": {
    rewrites: 1,
    exports: "oci",
    check: (built) => {
      const [first, second] = [earlierBuild(built, 0), built].map(exportedImage);
      assert.deepEqual(second?.descriptor, first?.descriptor);
    },
  },
  "testNoCache 1": {
    rewrites: 2,
    check: (built) => {
      for (const file of ["unique", "unique2"]) differs(file, built, earlierBuild(built, 0));
    },
  },
  "testNoCache 2": {
    rewrites: 2,
    check: (built) => {
      isSame("unique", built, earlierBuild(built, 1));
      differs("unique2", built, earlierBuild(built, 0));
      differs("unique2", built, earlierBuild(built, 1));
    },
  },
  "testWildcardRenameCache 1": {
    rewrites: 1,
    check: ({ ended }) => {
      assert.ok(!ended.succeeded);
      assert.match(ended.text, /\/files\/file1: No such file/);
    },
  },
  "testCopyWildcardCache 1": {
    rewrites: 1,
    check: (built) => isSame("unique", built, earlierBuild(built, 0)),
  },
  "testCopyWildcardCache 2": {
    rewrites: 1,
    check: (built) => differs("unique", built, earlierBuild(built, 0)),
  },
  "testMountRWCache 1": {
    rewrites: 1,
    check: (built) => isSame("unique", built, earlierBuild(built, 0)),
  },
  "testNoSnapshotLeak 0": { rewrites: 0, exports: "oci", check: () => undefined },
  "testNoSnapshotLeak 1": {
    rewrites: 1,
    exports: "oci",
    check: (built) => {
      assert.match(built.ended.text, /\[1\/1\] COPY foo \/\n#\d+ CACHED/);
      const [first, second] = [earlierBuild(built, 0), built].map(exportedImage);
      assert.deepEqual(second?.config.rootfs, first?.config.rootfs);
    },
  },
};

function isSame(file: string, built: Built, other: Built): void {
  assert.equal(exportedText(built, file), exportedText(other, file));
}

function differs(file: string, built: Built, other: Built): void {
  assert.notEqual(exportedText(built, file), exportedText(other, file));
}
