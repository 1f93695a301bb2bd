import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { test } from "node:test";
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
