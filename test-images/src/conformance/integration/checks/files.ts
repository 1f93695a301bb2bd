import assert from "node:assert/strict";
import { type Built, exportedImages, exportedStat, exportedTar, exportedText, isExported } from "../built.ts";
import type { HandCheck, HandChecks } from "../hand-check.ts";

/** Files of the result, however it is exported. */
export const fileChecks: HandChecks = {
  "testCopySocket 0": {
    rewrites: 1,
    check: (built) => assert.ok(exportedStat(built, "socket.sock").isFile()),
  },
  "testDockerignore 0": {
    rewrites: 4,
    check: (built) => {
      for (const ignored of [".dockerignore", "Dockerfile", "bar", "baz"])
        assert.ok(!isExported(built, ignored), `${ignored} has been copied`);
    },
  },
  "testTarExporterBasic 0": {
    rewrites: 2,
    check: (built) => assert.equal(exportedTar(built).get("foo")?.content, "data"),
  },
  "testTarExporterMulti 0": {
    rewrites: 2,
    check: (built) => assert.equal(exportedTar(built).get("forlinux")?.content, "data"),
  },
  "testNamedLocalContext 0": {
    rewrites: 2,
    check: (built) => {
      assert.notEqual(exportedText(built, "out"), "");
      assert.ok(!isExported(built, "out2"), "the .dockerignore of the named context is not heeded");
    },
  },
  "testOnBuildNewDeps 1": {
    rewrites: 1,
    check: (built) => assert.ok(exportedText(built, "alpine-release3").length > shortestRelease),
  },
  "testOnBuildNewDeps 3": {
    rewrites: 1,
    check: (built) => assert.ok(exportedText(built, "bar2").length > shortestRelease),
  },
  "testWorkdirCreatesDir 0": {
    rewrites: 1,
    check: (built) => assert.ok(exportedStat(built, "foo").isDirectory()),
  },
  "testSecretAsEnviron 0": {
    rewrites: 1,
    check: ({ ended }) => {
      const [, name = ""] = /(RUN --mount=type=secret.*)/.exec(ended.text) ?? [];
      assert.ok(name.includes('[ "****" == "pw" ]'), `the step is named ${name}`);
    },
  },
  "testNamedOCILayoutContext 0": oneImage(),
  "testNamedOCILayoutContextExport 0": oneImage(),
  "testOnBuildNamedContext 0": oneImage(),
  "testOCILayoutProvenance 0": oneImage(),
  "testOCILayoutMultiname 0": { rewrites: 9, check: twoNames },
};

const shortestRelease = 5;

function oneImage(): HandCheck {
  return { rewrites: 1, check: (built) => assert.equal(exportedImages(built).length, 1) };
}

function twoNames(built: Built): void {
  const descriptors = exportedImages(built).map(({ descriptor }) => descriptor);
  const [first, second] = descriptors.map((descriptor) => ({ ...descriptor, annotations: {} }));
  assert.equal(descriptors.length, 2);
  assert.deepEqual(second, first);
  for (const [index, tag] of ["tag1", "tag2"].entries()) {
    const annotations = descriptors[index]?.annotations ?? {};
    assert.equal(annotations["io.containerd.image.name"], `docker.io/org/repo:${tag}`);
    assert.equal(annotations["org.opencontainers.image.ref.name"], tag);
  }
}
