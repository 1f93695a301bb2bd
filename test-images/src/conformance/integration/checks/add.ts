import assert from "node:assert/strict";
import { exportedStat, exportedTar, exportedText, isExported } from "../built.ts";
import type { HandChecks } from "../hand-check.ts";
import { lastModified } from "../test-times.ts";

/** ADD: downloads and archives. */
export const addChecks: HandChecks = {
  "testDockerfileADDFromURL 1": {
    rewrites: 4,
    exports: "local",
    leaves: [
      {
        matching: /HEAD|Requests\[1\]|User-Agent/,
        reason: "tsbuild asks a server once, under its own name; BuildKit asks a second time with HEAD",
      },
    ],
    check: (built) => {
      assert.equal(exportedText(built, "dest/__unnamed__"), "content2");
      assert.equal(exportedStat(built, "dest/__unnamed__").mtime.toUTCString(), lastModified);
      const methods = built.requests.map(({ method }) => method);
      assert.deepEqual(methods, ["GET"]);
    },
  },
  "testDockerfileAddArchive 2": {
    rewrites: 2,
    check: (built) => assert.ok(!isExported(built, "foo"), "the archive has been unpacked"),
  },
  "testDockerfileAddArchiveThroughAbsoluteSymlink 0": {
    rewrites: 2,
    exports: "tar",
    check: (built) => {
      const tar = exportedTar(built);
      assert.equal(tar.get("var/run")?.entry.linkTarget, "/run");
      assert.equal(tar.get("run/act/actions/broad/.git/HEAD")?.content, "ref: refs/heads/main\n");
      assert.ok(!tar.has("var/run/act"), "there is a second tree at the link");
    },
  },
  "testDockerfileAddChownArchive 0": {
    rewrites: 7,
    check: (built) => {
      const tar = exportedTar(built);
      assert.equal(tar.get("out/foo")?.content, "content0");
      for (const path of ["out", "out/foo"]) {
        assert.equal(tar.get(path)?.entry.uid, 100);
        assert.equal(tar.get(path)?.entry.gid, 200);
      }
    },
  },
};
