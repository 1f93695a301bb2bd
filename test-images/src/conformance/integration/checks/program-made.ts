import assert from "node:assert/strict";
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { type Built, earlierBuild, exportedImage, exportedText } from "../built.ts";
import type { HandChecks } from "../hand-check.ts";

/** Builds that are made here instead of by the test's program. */
export const programMadeChecks: HandChecks = {
  "testNamedFilteredContext 0": {
    rewrites: 0,
    exports: "local",
    check: (built) => {
      for (const way of ["copied", "mounted", "based"])
        assert.equal(exportedText(built, `foo.${way}`), "foo");
    },
  },
  "testWorkdirSourceDateEpochReproducible 0": { rewrites: 0, check: () => undefined },
  "testWorkdirSourceDateEpochReproducible 1": {
    rewrites: 1,
    check: (built) => {
      const [first, second] = [earlierBuild(built, 0), built].map(exportedImage);
      assert.deepEqual(second?.descriptor, first?.descriptor);
    },
  },
  "testExcludedFilesOnCopy 0": {
    rewrites: 78,
    check: (built) => {
      for (const [directory, wanted] of Object.entries(copied))
        assert.deepEqual(filesBelow(built, directory), wanted, directory);
    },
  },
};

/** What the excludes leave below each destination: path and content, or where a link leads. */
const copied: Readonly<Record<string, readonly string[]>> = {
  "builder1/1": [
    "dir1/file-102.txt 3",
    "dir2/file-201.pdf 6",
    "dir3/file-301.mp3 9",
    "dir3/file-302.mpeg 10",
    "dir4/file-401.txt 11",
    "dir4/file-402.txt -> file-401.txt",
    "dir4/file-403.txt -> file-404.txt",
  ],
  "builder2/2": [
    "dir1/file-101.png 2",
    "dir1/file-103.jpeg 4",
    "dir2/file-202.jpeg 7",
    "dir2/file-203.png 8",
    "dir3/file-301.mp3 9",
    "dir3/file-302.mpeg 10",
  ],
  "builder3/3": ["file-302.mpeg 10"],
  "builder4/4": ["file-302.mpeg 10"],
  "builder5/5": [
    "file-102.txt 3",
    "file-401.txt 11",
    "file-402.txt -> file-401.txt",
    "file-403.txt -> file-404.txt",
  ],
  "builder6/6": [],
};

/** But for the Dockerfile. */
function filesBelow(built: Built, directory: string): readonly string[] {
  const root = join(built.place.output, directory);
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => path !== "Dockerfile" && !lstatSync(join(root, path)).isDirectory())
    .map((path) => {
      const isLink = lstatSync(join(root, path)).isSymbolicLink();
      return isLink
        ? `${path} -> ${readlinkSync(join(root, path))}`
        : `${path} ${exportedText(built, join(directory, path))}`;
    })
    .toSorted();
}
