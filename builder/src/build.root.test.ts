import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Layer, LayerStore } from "@tsbuild/layers";
import type { Runtime } from "@tsbuild/runner-native";
import { makeWorkshop } from "../testing/workshop.ts";

test("a RUN and a COPY, then everything from the cache", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ "a.txt": "alpha\n" });
  const dockerfile = "FROM busybox\nWORKDIR /w\nCOPY a.txt .\nRUN cat a.txt && id -u > uid\n";
  const first = await workshop.build(dockerfile);
  assert.equal(first.output, "alpha\n");
  assert.deepEqual(first.ran, [
    "[2/4] WORKDIR /w",
    "[3/4] COPY a.txt .",
    "[4/4] RUN cat a.txt && id -u > uid",
  ]);
  const second = await workshop.build(dockerfile);
  assert.deepEqual(second.ran, []);
  assert.equal(second.result.imageId, first.result.imageId);
});

test("a working directory that is gone is made for the user of the next RUN, and stays", async () => {
  await using workshop = await makeWorkshop();
  const { output } = await workshop.build(`FROM busybox
WORKDIR /w/x
RUN rm -r /w
USER 7:8
RUN true
WORKDIR /
RUN stat -c '%a %u:%g %n' /w /w/x
`);
  assert.equal(output, "755 7:8 /w\n755 7:8 /w/x\n");
});

test("--reproducible: one digest, whatever the times of the files and of the build", async () => {
  const dockerfile = `FROM busybox AS build
COPY src /src
RUN cp -r /src /out && date > /out/f
FROM busybox
WORKDIR /made/here
COPY --from=build /src /copied
COPY src /src
COPY <<EOF /heredoc
text
EOF
RUN echo x > /ran && rm /etc/group
`;
  const ids: string[] = [];
  for (const day of [1, 20]) {
    await using workshop = await makeWorkshop();
    workshop.write({ "src/a/b": "b\n", "src/f": "f\n" });
    utimesSync(workshop.path("context/src/f"), day * 86400, day * 86400);
    utimesSync(workshop.path("context/src/a"), day * 86400, day * 86400);
    const clock = { now: () => Date.now() + day * 86_400_000 };
    const options = { reproducible: true, epoch: 1_000_000 };
    const { result } = await workshop.build(dockerfile, options, { clock });
    ids.push(result.imageId, result.manifest.digest);
    const again = await workshop.build(dockerfile, options, { clock });
    assert.equal(again.result.imageId, result.imageId);
    const other = await workshop.build(dockerfile, { ...options, epoch: 2_000_000 }, { clock });
    assert.notEqual(other.result.imageId, result.imageId);
    assert.deepEqual(other.ran, []);
  }
  assert.deepEqual(ids.slice(2), ids.slice(0, 2));
});

test("a finished layer is packed for the exporter while the next step runs, and no layer that the image has not", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ mine: "mine", other: "other" });
  const dockerfile = `FROM scratch AS other
COPY mine other /
FROM busybox
COPY mine /
COPY --from=other /other /
RUN true
`;
  await workshop.withPorts(async (ports) => {
    const made: Layer[] = [];
    const writer: LayerStore["writer"] = (parent) => {
      const plain = ports.layers.writer(parent);
      const finish = async (): Promise<Layer> => {
        const layer = await plain.finish();
        made.push(layer);
        return layer;
      };
      return Object.assign(Object.create(plain) as typeof plain, { finish });
    };
    const layers = Object.assign(Object.create(ports.layers) as LayerStore, {
      get: ports.layers.get.bind(ports.layers),
      fromBlob: ports.layers.fromBlob.bind(ports.layers),
      adoptTree: ports.layers.adoptTree.bind(ports.layers),
      view: ports.layers.view.bind(ports.layers),
      stop: ports.layers.stop.bind(ports.layers),
      writer,
    });
    const isPacked = async (layer: Layer): Promise<boolean> =>
      ports.store.layers.getCompressed(await layer.diffId(), "gzip") !== undefined;
    const run: Runtime["run"] = async (spec, io) => {
      const own = made.filter(({ parent }) => parent !== undefined);
      assert.equal(own.length, 2);
      for (let tries = 0; tries < 2000 && !(await isPacked(own[1] as Layer)); tries++) await setTimeout(5);
      for (const layer of own) assert.ok(await isPacked(layer));
      return ports.runtime.run(spec, io);
    };
    const destination = workshop.path("image.tar");
    const exports = [{ kind: "oci", destination, form: "archive", names: [] }] as const;
    const built = await workshop.build(
      dockerfile,
      { exports },
      { ...ports, layers, runtime: { name: "r", run } },
    );
    assert.ok(built.ran.includes("[stage-1 4/4] RUN true"), built.ran.join());
    const other = made.find(({ parent }) => parent === undefined);
    assert.ok(other && !(await isPacked(other)));
  });
});
