import assert from "node:assert/strict";
import { test } from "node:test";
import { mediaTypes } from "../descriptor.ts";
import { type Digest, digestOf } from "../digest.ts";
import { refuseUnequalLayers } from "./unequal-layers.ts";

const [one, two] = ["1", "2"].map((text) => digestOf(Buffer.from(text))) as [Digest, Digest];

function check(layers: readonly (readonly [mediaType: string, digest: Digest])[], diffIds: Digest[]): void {
  const described = layers.map(([mediaType, digest]) => ({ mediaType, digest, size: 1 }));
  const config = { mediaType: mediaTypes.ociConfig, digest: one, size: 1 };
  refuseUnequalLayers(
    {
      kind: "manifest",
      mediaType: mediaTypes.ociManifest,
      config,
      layers: described,
      annotations: undefined,
      artifactType: undefined,
      subject: undefined,
    },
    { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: diffIds } },
    "an image",
  );
}

const { ociLayer, ociLayerGzip } = mediaTypes;

test("compressed layers have other digests than the config says, plain ones have the same", () => {
  check(
    [
      [ociLayerGzip, one],
      [ociLayer, two],
    ],
    [two, two],
  );
});

for (const [name, layers, diffIds] of [
  [
    "a layer that the config does not name",
    [
      [ociLayerGzip, one],
      [ociLayerGzip, two],
    ],
    [one],
  ],
  ["a layer of the config that is not there", [[ociLayerGzip, one]], [one, two]],
  ["a plain layer that is another one", [[ociLayer, one]], [two]],
] as const)
  test(`refused: ${name}`, () => {
    assert.throws(() => check(layers, [...diffIds]), { code: "MANIFEST_INVALID" });
  });
