import assert from "node:assert/strict";
import { test } from "node:test";
import { exportRequests } from "./export-requests.ts";

const choices = {
  names: ["docker.io/library/app:latest"],
  push: false,
  load: false,
  cwd: "/w",
  isOutTty: false,
  canonical: (name: string) => `c/${name}`,
};

for (const [name, outputs, want] of [
  ["nothing", [], []],
  ["a bare path", ["out"], [{ kind: "local", destination: "/w/out" }]],
  ["a tar on stdout", ["-"], [{ kind: "tar", destination: "-" }]],
  [
    "an archive without a destination",
    ["type=oci"],
    [{ kind: "oci", destination: "-", form: "archive", names: choices.names }],
  ],
  [
    "an archive with a name of its own",
    ["type=oci,dest=a.tar,name=x"],
    [{ kind: "oci", destination: "/w/a.tar", form: "archive", names: ["c/x"] }],
  ],
  [
    "a layout directory",
    ["type=oci,dest=d,tar=false"],
    [{ kind: "oci", destination: "/w/d", form: "directory", names: choices.names }],
  ],
  ["docker without a destination is loaded", ["type=docker"], [{ kind: "load", names: choices.names }]],
  [
    "times of its own",
    [
      "type=docker,dest=a.tar,rewrite-timestamp=true,source-date-epoch=7",
      "type=oci,dest=b.tar,source-date-epoch=",
    ],
    [
      { kind: "docker", destination: "/w/a.tar", names: choices.names, times: { epoch: 7, rewrite: true } },
      {
        kind: "oci",
        destination: "/w/b.tar",
        form: "archive",
        names: choices.names,
        times: { epoch: "none" },
      },
    ],
  ],
  [
    "a push with compression",
    ["type=image,push=true,compression=zstd,compression-level=3"],
    [
      {
        kind: "image",
        push: true,
        insecure: false,
        names: choices.names,
        compression: { algorithm: "zstd", level: 3 },
      },
    ],
  ],
] as const)
  test(`exports: ${name}`, () => assert.deepEqual(exportRequests({ ...choices, outputs }), want));

for (const [name, outputs, message] of [
  ["an unknown type", ["type=rpm,dest=x"], /no output type "rpm"/],
  ["a type from Object.prototype", ["type=constructor"], /no output type/],
  ["an unknown attribute", ["type=local,dest=x,mode=copy"], /knows no mode/],
  ["an epoch that is no number", ["type=oci,source-date-epoch=now"], /the epoch "now" is no number/],
  ["no destination", ["type=oci,tar=false"], /needs a destination/],
  ["standard output twice", ["type=oci", "-"], /2 outputs go to standard output/],
  ["a level out of range", ["type=image,compression=gzip,compression-level=10"], /between 0 and 9/],
] as const)
  test(`exports refused: ${name}`, () =>
    assert.throws(() => exportRequests({ ...choices, outputs }), { code: "USAGE", message }));

test("exports refused: --push without a name", () => {
  assert.throws(
    () => exportRequests({ ...choices, outputs: [], names: [], push: true }),
    /no name to push to/,
  );
});

test("exports refused: an archive on a terminal", () =>
  assert.throws(() => exportRequests({ ...choices, isOutTty: true, outputs: ["type=oci"] }), {
    code: "USAGE",
    message: /not written to a terminal/,
  }));
