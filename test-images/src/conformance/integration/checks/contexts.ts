import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { type Built, earlierBuild, exportedImage, exportedText } from "../built.ts";
import type { HandCheck, HandChecks } from "../hand-check.ts";
import { archiveMaxSeconds, epochSeconds, lastModifiedSeconds, overrideSeconds } from "../test-times.ts";

/** What the test's own program lets pass between two builds. */
const tenMinutes = 600_000;

const notRewritten: HandCheck = {
  rewrites: 2,
  exports: "oci",
  check: (built) => {
    const { layers } = exportedImage(built).manifest;
    assert.equal(layers.length, 1);
    assert.equal(layers[0]?.annotations?.["buildkit/rewritten-timestamp"], undefined);
  },
};

/** Contexts by name, behind a URL and on standard input, and the time that they give an image. */
export const contextChecks: HandChecks = {
  "testNamedImageContext 0": releaseIn("out"),
  "testNamedImageContext 2": releaseIn("out"),
  "testNamedImageContextTimestamps 0": { rewrites: 0, exports: "oci", check: () => undefined },
  "testNamedImageContextTimestamps 1": {
    rewrites: 3,
    exports: "oci",
    check: (built) => {
      const age = createdMs(built) - createdMs(earlierBuild(built, 0));
      assert.ok(age > 0 && age < tenMinutes, `the derived image is ${age} ms younger`);
    },
  },
  "testNamedImageContextScratch 0": {
    rewrites: 2,
    check: ({ place }) => assert.deepEqual(readdirSync(place.output), ["out"]),
  },
  "testNamedOCILayoutContext 1": {
    rewrites: 3,
    check: (built) => {
      for (const file of ["out", "out2", "outfoo"]) assert.notEqual(exportedText(built, file), "");
    },
  },
  "testNamedOCILayoutContextExport 1": {
    rewrites: 3,
    exports: "oci",
    check: (built) => {
      const { config } = exportedImage(built).config;
      assert.equal(config?.WorkingDir, "/test");
      assert.ok(config?.Env?.includes("foo=bar"));
    },
  },
  "testSourceDateEpochWithoutExporter 0": {
    rewrites: 2,
    exports: "oci",
    check: (built) => {
      const { created, history = [] } = exportedImage(built).config;
      for (const time of [created, ...history.map((entry) => entry.created)])
        assert.equal(Date.parse(time ?? ""), epochSeconds * 1000);
    },
  },
  "testSourceDateEpochDockerfileDefault 0": dated(epochSeconds, 2),
  "testSourceDateEpochDockerfileDefaultReset 0": notRewritten,
  "testSourceDateEpochContextLocalUnset 0": notRewritten,
  "testSourceDateEpochDockerfileDefaultOverride 0": dated(overrideSeconds, 2),
  // Without `rewrite-timestamp` only the image is dated.
  "testSourceDateEpochContextHTTPLastModified 0": {
    rewrites: 1,
    exports: "oci",
    check: (built) => assert.equal(createdMs(built), lastModifiedSeconds * 1000),
  },
  "testSourceDateEpochContextHTTPArchive 0": datedWithFile(archiveMaxSeconds),
  "testSourceDateEpochStageHTTPArchive 0": datedWithFile(archiveMaxSeconds),
  "testSourceDateEpochStageOverride 0": dated(overrideSeconds, 2),
  "testSourceDateEpochNamedContextHTTPLastModified 0": dated(lastModifiedSeconds, 3),
  "testSourceDateEpochNamedContextHTTPArchive 0": datedWithFile(archiveMaxSeconds),
};

function releaseIn(file: string): HandCheck {
  return { rewrites: 1, check: (built) => assert.notEqual(exportedText(built, file), "") };
}

function createdMs(built: Built): number {
  return Date.parse(exportedImage(built).config.created ?? "");
}

/** The image is of that time, and so is everything in its one new layer. */
function dated(seconds: number, rewrites: number): HandCheck {
  return {
    rewrites,
    exports: "oci",
    check: (built) => {
      assert.equal(createdMs(built), seconds * 1000);
      assertLayerDated(built, seconds);
    },
  };
}

/** The same, and RUN has seen the time as a number. */
function datedWithFile(seconds: number): HandCheck {
  return {
    rewrites: 4,
    exports: "oci",
    check: (built) => {
      assert.equal(createdMs(built), seconds * 1000);
      assertLayerDated(built, seconds);
      const layer = exportedImage(built).layers.at(-1);
      assert.equal(layer?.get("epoch")?.content, String(seconds));
    },
  };
}

function assertLayerDated(built: Built, seconds: number): void {
  const { layers, manifest } = exportedImage(built);
  const annotations = manifest.layers.at(-1)?.annotations;
  assert.equal(annotations?.["buildkit/rewritten-timestamp"], String(seconds));
  const layer = layers.at(-1);
  assert.ok(layer !== undefined && layer.size > 0, "there is no layer");
  for (const [path, { entry }] of layer) assert.ok(entry.mtimeSeconds <= seconds, `${path} is younger`);
}
