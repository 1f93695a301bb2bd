import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { after, before, test } from "node:test";
import { makeWorkshop, type Workshop } from "../../testing/workshop.ts";
import type { ExportRequest } from "../request.ts";

const dockerfile = `FROM busybox
RUN mkdir -m 1777 /t && mkdir -p -m 0700 /home/u && chown 1000:1000 /home/u && ln -s /bin/sh /shell && mkfifo /t/pipe
COPY f /t/f
RUN echo linked > /t/a && ln /t/a /t/b
USER 1000:1000
CMD ["cat", "/t/f"]
`;
const names = ["docker.io/library/app:1"];

let workshop: Workshop;
before(async () => {
  workshop = await makeWorkshop();
  workshop.write({ f: "content\n" });
});
after(() => workshop[Symbol.asyncDispose]());

async function exported(...exports: ExportRequest[]): ReturnType<Workshop["build"]> {
  return workshop.build(dockerfile, { exports });
}

function tool(name: string, ...args: string[]): string {
  return execFileSync(name, args, { encoding: "utf8" });
}

test("an OCI archive is what skopeo reads, with the digest of the metadata", async () => {
  const destination = workshop.path("app.oci.tar");
  const { result } = await exported({ kind: "oci", destination, form: "archive", names });
  const inspected = JSON.parse(tool("skopeo", "inspect", `oci-archive:${destination}`)) as { Digest: string };
  assert.equal(inspected.Digest, result.metadata["containerimage.digest"]);
  assert.equal(result.manifest.digest, inspected.Digest);
  assert.equal(result.metadata["containerimage.config.digest"], result.imageId);
});

test("an OCI directory is what skopeo reads", async () => {
  const destination = workshop.path("layout");
  const { result } = await exported({ kind: "oci", destination, form: "directory", names });
  const inspected = JSON.parse(tool("skopeo", "inspect", `oci:${destination}:1`)) as { Digest: string };
  assert.equal(inspected.Digest, result.manifest.digest);
});

test("a docker archive says its short name", async () => {
  const destination = workshop.path("app.docker.tar");
  await exported({ kind: "docker", destination, names });
  const manifest = JSON.parse(tool("tar", "-xOf", destination, "manifest.json")) as { RepoTags: string[] }[];
  assert.deepEqual(manifest[0]?.RepoTags, ["app:1"]);
  tool("skopeo", "inspect", `docker-archive:${destination}`);
});

test("the digest of the build is that of the first exporter that publishes", async () => {
  const [first, second] = [workshop.path("1.tar"), workshop.path("2.tar")];
  const { result, events } = await exported(
    { kind: "store", names },
    { kind: "oci", destination: first, form: "archive", names, compression: { algorithm: "zstd" } },
    { kind: "oci", destination: second, form: "archive", names },
  );
  const digests = events.flatMap((event) => (event.kind === "exported" ? event.manifest?.digest : []));
  assert.equal(new Set(digests).size, 3);
  assert.equal(result.manifest.digest, digests[1]);
});

test("a directory: modes kept, owners not, links and hard links as they are", async () => {
  const destination = workshop.path("out");
  await exported({ kind: "local", destination });
  assert.equal(readFileSync(`${destination}/t/f`, "utf8"), "content\n");
  assert.equal(statSync(`${destination}/t`).mode & 0o7777, 0o1777);
  assert.equal(statSync(`${destination}/home/u`).uid, process.getuid?.());
  assert.equal(readlinkSync(`${destination}/shell`), "/bin/sh");
  assert.equal(statSync(`${destination}/t/a`).ino, statSync(`${destination}/t/b`).ino);
  assert.ok(statSync(`${destination}/t/pipe`).isFIFO());
});

test("a directory that holds something keeps it, and its links are not followed", async () => {
  const destination = workshop.path("merged");
  mkdirSync(destination);
  writeFileSync(`${destination}/mine`, "mine\n");
  const outside = workshop.path("outside");
  mkdirSync(outside);
  tool("ln", "-s", outside, `${destination}/t`);
  await exported({ kind: "local", destination });
  assert.equal(readFileSync(`${destination}/mine`, "utf8"), "mine\n");
  assert.deepEqual(readdirSync(outside), []);
  assert.equal(readFileSync(`${destination}/t/f`, "utf8"), "content\n");
});

test("a tar has owners, modes and hard links", async () => {
  const destination = workshop.path("root.tar");
  await exported({ kind: "tar", destination });
  const lines = tool("tar", "--numeric-owner", "-tvf", destination).split("\n");
  const line = (name: string): string => lines.find((each) => each.split(/\s+/)[5] === name) ?? "";
  assert.match(line("t/"), /^drwxrwxrwt 0\/0/);
  assert.match(line("home/u/"), /^drwx------ 1000\/1000/);
  assert.match(lines.find((each) => each.includes("t/b")) ?? "", /^h.* link to t\/a$/);
});

test("a bundle runs the command of the image as its user, on files with their owners", async () => {
  const destination = workshop.path("bundle");
  await exported({ kind: "bundle", destination });
  const spec = JSON.parse(readFileSync(`${destination}/config.json`, "utf8")) as {
    process: { args: string[]; user: { uid: number } };
  };
  assert.deepEqual(spec.process.args, ["cat", "/t/f"]);
  assert.equal(spec.process.user.uid, 1000);
  assert.equal(statSync(`${destination}/rootfs/home/u`).uid, 1000);
});

test("loading gives a docker archive to the loader", async () => {
  const chunks: Uint8Array[] = [];
  await workshop.build(
    dockerfile,
    { exports: [{ kind: "load", names }] },
    {
      loader: {
        load: async (archive) => {
          for await (const chunk of archive) chunks.push(Uint8Array.from(chunk));
        },
      },
    },
  );
  const file = workshop.path("loaded.tar");
  writeFileSync(file, Buffer.concat(chunks));
  tool("skopeo", "inspect", `docker-archive:${file}`);
});

test("a build that fails leaves no output and no temporary file", async () => {
  const directory = workshop.path("failed");
  mkdirSync(directory);
  const destination = `${directory}/app.tar`;
  const failing = workshop.build("FROM busybox\nRUN false\n", { exports: [{ kind: "tar", destination }] });
  await assert.rejects(failing, { code: "RUN_FAILED" });
  assert.ok(!existsSync(destination));
  const unwritable = workshop.build(dockerfile, {
    exports: [{ kind: "tar", destination: `${directory}/missing/app.tar` }],
  });
  await assert.rejects(unwritable, { code: "EXPORT_FAILED" });
  assert.deepEqual(readdirSync(directory), []);
});
