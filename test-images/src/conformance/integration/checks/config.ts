import assert from "node:assert/strict";
import { exportedImage } from "../built.ts";
import type { HandCheck, HandChecks } from "../hand-check.ts";

/** The config of the image. */
export const configChecks: HandChecks = {
  "testCmdShell 1": {
    rewrites: 2,
    exports: "oci",
    check: (built) => {
      const { config } = exportedImage(built).config;
      assert.equal(config?.Cmd, undefined);
      assert.deepEqual(config?.Entrypoint, ["ls", "my entrypoint"]);
    },
  },
  "testInvalidJSONCommands 1": {
    rewrites: 2,
    exports: "oci",
    check: (built) =>
      assert.deepEqual(exportedImage(built).config.config?.Entrypoint, ["/bin/sh", "-c", "[]random string"]),
  },
  "testDockerfileInvalidCommand 0": {
    rewrites: 3,
    check: ({ ended }) => {
      assert.ok(!ended.succeeded);
      assert.match(ended.text, /\/bin\/sh -c invalidcmd.*did not complete successfully/);
    },
  },
  "testExposeExpansion 0": {
    rewrites: 4,
    exports: "oci",
    check: (built) =>
      assert.deepEqual(Object.keys(exportedImage(built).config.config?.ExposedPorts ?? {}).toSorted(), [
        "3000/tcp",
        "4000/udp",
        "5000/tcp",
      ]),
  },
  "testLabels 0": {
    rewrites: 4,
    exports: "oci",
    check: (built) =>
      assert.deepEqual(exportedImage(built).config.config?.Labels, { foo: "bar", bar: "baz" }),
  },
  "testUser 1": {
    rewrites: 1,
    exports: "oci",
    check: (built) => assert.equal(exportedImage(built).config.config?.User, "nobody"),
  },
  "testPullScratch 1": {
    rewrites: 6,
    exports: "oci",
    check: (built) => {
      const { rootfs, config } = exportedImage(built).config;
      assert.equal(rootfs.type, "layers");
      assert.equal(rootfs.diff_ids.length, 1);
      assert.deepEqual(config?.Labels, { foo: "bar", bar: "baz" });
    },
  },
  "testMaintainBaseOSVersion 0": osVersion("10.0.20348.1006"),
  "testMaintainBaseOSVersion 1": osVersion("10.0.20348.1006"),
  "testDockerfileScratchConfig 0": {
    rewrites: 10,
    exports: "oci",
    check: (built) => {
      const { os, architecture, rootfs, history = [], config } = exportedImage(built).config;
      assert.notEqual(os, "");
      assert.notEqual(architecture, "");
      assert.ok(config?.WorkingDir, "there is no working directory");
      assert.deepEqual(rootfs, { type: "layers", diff_ids: [] });
      assert.equal(history.length, 1);
      assert.match(history[0]?.created_by ?? "", /ENV foo=bar/);
      assert.equal(history[0]?.empty_layer, true);
      assert.ok(config?.Env?.includes("foo=bar"));
      assert.ok(config?.Env?.some((each) => each.startsWith("PATH=")));
    },
  },
};

/** There is one image, for this version of its operating system. */
function osVersion(version: string): HandCheck {
  return {
    rewrites: 2,
    exports: "oci",
    check: (built) => assert.equal(exportedImage(built).config["os.version"], version),
  };
}
