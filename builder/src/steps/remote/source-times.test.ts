import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { type Digest, digestOf } from "@tsbuild/layers";
import { datedTar } from "test-images";
import { makeWorkshop, type Workshop } from "../../../testing/workshop.ts";
import type { TimedSource } from "../../graph/options.ts";
import type { Downloads } from "../../ports.ts";
import { createRemoteFiles } from "./remote-files.ts";
import { createSourceTimes } from "./source-times.ts";

const archive = datedTar({ old: ["", 100], young: ["", 300], other: ["", 200] });
const modified = "Thu, 01 Jan 1970 00:03:20 GMT";

interface Reply {
  readonly body: Buffer;
  readonly lastModified?: string;
}

async function timeOf(
  workshop: Workshop,
  { body, lastModified }: Reply,
  checksum?: Digest,
): Promise<{ readonly seconds: number | undefined; readonly asked: number }> {
  return workshop.withPorts(async (ports) => {
    let asked = 0;
    const downloads: Downloads = {
      async fetch() {
        asked += 1;
        const blob = await ports.store.blobs.put(body, { mediaType: "x" }, ports.lease);
        return { kind: "fetched", blob, etag: undefined, lastModified };
      },
    };
    const { signal } = new AbortController();
    const request = { signal, dockerfile: { name: "Dockerfile", text: "" } };
    const options = {
      ports: { ...ports, downloads },
      request,
      emit: () => undefined,
      beforeWork: async () => undefined,
    };
    const remotes = createRemoteFiles(options);
    const times = createSourceTimes({ remotes, ports, access: {} });
    const source: TimedSource = {
      source: { kind: "http", url: "http://h/x", fileName: "x" },
      ...(checksum !== undefined && { checksum }),
    };
    const of = { owner: "task", signal };
    const seconds = await times.of({ ...source, label: "stage x" }, of);
    assert.equal(await times.of({ ...source, label: "stage x" }, of), seconds);
    return { seconds, asked };
  });
}

for (const [name, reply, expected] of [
  ["what the server says", { body: archive, lastModified: modified }, 200],
  ["else the newest file of an archive", { body: archive }, 300],
  ["in any compression", { body: gzipSync(archive) }, 300],
  ["a date that is none", { body: archive, lastModified: "yesterday" }, 300],
  ["what is no archive has none", { body: Buffer.from("text") }, undefined],
  ["nor has a broken one", { body: archive.subarray(0, 700) }, undefined],
  ["nor one without files", { body: datedTar({}) }, undefined],
] as const)
  test(`the time of a download: ${name}`, async () => {
    await using workshop = await makeWorkshop();
    const { seconds, asked } = await timeOf(workshop, reply);
    assert.equal(seconds, expected);
    assert.equal(asked, 1);
    // What was found in an archive is remembered.
    assert.equal((await timeOf(workshop, reply)).seconds, expected);
  });

test("the time of a download with a checksum is that of its content", async () => {
  await using workshop = await makeWorkshop();
  const reply = { body: archive, lastModified: modified };
  assert.equal((await timeOf(workshop, reply, digestOf(archive))).seconds, 300);
  await assert.rejects(timeOf(workshop, reply, digestOf("other")), { code: "CHECKSUM_MISMATCH" });
});
