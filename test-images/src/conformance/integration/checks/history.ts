import assert from "node:assert/strict";
import { exportedImage } from "../built.ts";
import type { HandChecks } from "../hand-check.ts";

/** The base made here has one entry; BuildKit's busybox has two. */
const baseEntries = 1;

const ofDaemon = "it reads the records that BuildKit's daemon keeps of past builds";

/** The history of the image. */
export const historyChecks: HandChecks = {
  "testExportedHistory 0": {
    rewrites: 21,
    exports: "oci",
    check: (built) => {
      const { rootfs, history = [] } = exportedImage(built).config;
      assert.equal(rootfs.type, "layers");
      assert.equal(rootfs.diff_ids.length, 4);
      const own = history.slice(baseEntries);
      const wanted = [
        ["lbl=val", true],
        ["COPY foo2 foo3", false],
        ["WORKDIR /", true],
        ["echo bar > foo4", false],
        ["RUN ls", false],
        ["EXPOSE [1234/udp 2375/tcp 5000/tcp]", true],
      ] as const;
      assert.equal(own.length, wanted.length);
      for (const [index, [text, isEmpty]] of wanted.entries()) {
        const entry = own[index];
        assert.ok(entry?.created_by?.includes(text), `${entry?.created_by} lacks ${text}`);
        assert.equal(entry?.empty_layer === true, isEmpty, text);
        assert.ok(entry?.created, `${text} has no time`);
      }
    },
  },
  "testExportedHistoryFlattenArgs 0": {
    rewrites: 8,
    exports: "oci",
    check: (built) => {
      const history = (exportedImage(built).config.history ?? []).map(
        ({ created_by: createdBy = "" }) => createdBy,
      );
      assert.equal(history.length, baseEntries + 4);
      const [, second = "", third = "", run = ""] = history.slice(baseEntries);
      assert.match(second, /ARG bar=123/);
      assert.match(third, /ARG foo=bar2/);
      assert.match(run, /ls \/etc\//);
      assert.doesNotMatch(run, /ARG foo=bar/);
      assert.match(run, /RUN \|2 foo=bar2 bar=123 /);
    },
  },
  "testHistoryError 0": {
    rewrites: 3,
    leaves: [
      {
        matching:
          /resp\.Record\.(?:Error"|Error\.Details|ExternalError|Error\.Code)|extErr|st\.|statuspb|stacks|errdefs|Definition|\[true,false\]/,
        reason: ofDaemon,
      },
    ],
    check: ({ ended }) => {
      assert.match(ended.text, /ERROR: .*"\/notexist": not found/);
      // What the test reads of the source in the record is what the excerpt shows.
      assert.match(ended.text, /^Dockerfile:3$/m);
      assert.match(ended.text, / 2 \| {5}FROM scratch\n 3 \| >>> COPY notexist \/foo\n/);
    },
  },
  "testHistoryFinalizeTrace 0": {
    rewrites: 0,
    leaves: [{ matching: /race|\[true,false\]/, reason: ofDaemon }],
    check: () => undefined,
  },
};
