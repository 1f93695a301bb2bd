import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import { startDebianRegistry } from "@tsbuild/registry/testing";
import { makeSandbox, type Sandbox } from "./sandbox.ts";

const dockerfile = `FROM busybox
RUN mkdir -m 1777 /tmp2 && mkdir -m 0700 /home/u && chown 1000:1000 /home/u && ln -s /bin/sh /shell
COPY f /tmp2/f
COPY --chown=1000:1000 f /home/u/f
CMD ["cat", "/home/u/f"]
`;

async function built(sandbox: Sandbox, ...args: string[]): Promise<string> {
  const context = sandbox.context({ Dockerfile: dockerfile, f: "content\n" });
  const { code, stderr } = await sandbox.tsbuild(["--progress", "plain", ...args, context]);
  assert.equal(code, 0, stderr);
  return stderr;
}

interface Stat {
  readonly mode: string;
  readonly owner: string;
}

/** `tar -tv` lines by name, as any other tool reads the archive. */
async function listing(sandbox: Sandbox, tar: string): Promise<Map<string, Stat>> {
  const text = await sandbox.run("tar", ["--numeric-owner", "-tvf", tar]);
  const rows = text
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/));
  return new Map(
    rows.map(([mode = "", owner = "", , , , name = ""]) => [name.replace(/\/$/, ""), { mode, owner }]),
  );
}

test("an OCI archive: skopeo reads it and the digest is the one that was said", async () => {
  await using sandbox = await makeSandbox();
  const file = sandbox.path("app.oci.tar");
  const metadata = sandbox.path("metadata.json");
  await built(sandbox, "-o", `type=oci,dest=${file},name=example.com/app:1`, "--metadata-file", metadata);
  const inspected = JSON.parse(await sandbox.run("skopeo", ["inspect", `oci-archive:${file}`])) as {
    Digest: string;
  };
  const said = JSON.parse(readFileSync(metadata, "utf8")) as Record<string, unknown>;
  assert.equal(inspected.Digest, said["containerimage.digest"]);
});

test("an OCI directory: umoci unpacks it with modes and owners kept", async () => {
  await using sandbox = await makeSandbox();
  const layout = sandbox.path("layout");
  await built(sandbox, "-o", `type=oci,dest=${layout},tar=false,name=example.com/app:1`);
  const rootless = process.getuid?.() === 0 ? [] : ["--rootless"];
  const names = await sandbox.run("umoci", ["list", "--layout", layout]);
  const tag = names.trim().split("\n").pop() ?? "";
  await sandbox.run("umoci", ["unpack", ...rootless, "--image", `${layout}:${tag}`, sandbox.path("bundle")]);
  const root = sandbox.path("bundle", "rootfs");
  assert.equal(statSync(`${root}/tmp2`).mode & 0o7777, 0o1777);
  assert.equal(statSync(`${root}/home/u`).mode & 0o7777, 0o700);
  if (process.getuid?.() === 0) assert.equal(statSync(`${root}/home/u`).uid, 1000);
  assert.equal(readFileSync(`${root}/home/u/f`, "utf8"), "content\n");
});

test("a docker archive holds the image under its name", async () => {
  await using sandbox = await makeSandbox();
  const file = sandbox.path("app.docker.tar");
  await built(sandbox, "-t", "app:1", "-o", `type=docker,dest=${file}`);
  const manifest = JSON.parse(await sandbox.run("tar", ["-xOf", file, "manifest.json"])) as {
    RepoTags: string[];
  }[];
  assert.deepEqual(manifest[0]?.RepoTags, ["app:1"]);
  const inspected = JSON.parse(await sandbox.run("skopeo", ["inspect", `docker-archive:${file}`])) as {
    Os: string;
  };
  assert.equal(inspected.Os, "linux");
});

test("a tar and a directory hold the same files, with modes and owners in the tar", async () => {
  await using sandbox = await makeSandbox();
  const tar = sandbox.path("root.tar");
  const directory = sandbox.path("root");
  await built(sandbox, "-o", `type=tar,dest=${tar}`, "-o", directory);
  const entries = await listing(sandbox, tar);
  assert.deepEqual(entries.get("tmp2"), { mode: "drwxrwxrwt", owner: "0/0" });
  assert.deepEqual(entries.get("home/u"), { mode: "drwx------", owner: "1000/1000" });
  assert.deepEqual(entries.get("home/u/f")?.owner, "1000/1000");
  assert.equal(readFileSync(`${directory}/tmp2/f`, "utf8"), "content\n");
  assert.equal(statSync(`${directory}/tmp2/f`).uid, process.getuid?.());
});

test("a failed build writes no output", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({ Dockerfile: "FROM busybox\nRUN false\n" });
  const file = sandbox.path("none.tar");
  const { code } = await sandbox.tsbuild(["-o", `type=oci,dest=${file}`, "-t", "none", context]);
  assert.equal(code, 1);
  assert.ok(!existsSync(file));
  const { stdout } = await sandbox.tsbuild(["images"]);
  assert.doesNotMatch(stdout, /none/);
});

test("push, pull and build from a registry; skopeo sees the same digest", async () => {
  await using sandbox = await makeSandbox();
  await using registry = await startDebianRegistry();
  const name = `${registry.host}/team/app:1`;
  const metadata = sandbox.path("metadata.json");
  await built(sandbox, "-t", name, "--push", "--metadata-file", metadata);
  const said = JSON.parse(readFileSync(metadata, "utf8")) as Record<string, unknown>;
  const inspect = ["inspect", "--tls-verify=false", `docker://${name}`];
  const inspected = JSON.parse(await sandbox.run("skopeo", inspect)) as { Digest: string };
  assert.equal(inspected.Digest, said["containerimage.digest"]);
  const other = sandbox.path("other-store");
  const pulled = await sandbox.tsbuild(["pull", name], { store: other });
  assert.equal(pulled.code, 0, pulled.stderr);
  const context = sandbox.context({
    Dockerfile: `FROM ${name}\nRUN stat -c '%a %u' /tmp2 /home/u > /modes\n`,
  });
  const out = sandbox.path("out");
  const again = await sandbox.tsbuild(["-o", out, context], { store: other });
  assert.equal(again.code, 0, again.stderr);
  assert.equal(readFileSync(`${out}/modes`, "utf8"), "1777 0\n700 1000\n");
  const digest = String(said["containerimage.digest"]);
  const byDigest = await sandbox.tsbuild(["pull", `${registry.host}/team/app@${digest}`], { store: other });
  assert.equal(byDigest.code, 0, byDigest.stderr);
  if (process.getuid?.() !== 0) await sandbox.tsbuild(["unshare", "rm", "-rf", other]);
});

test("a registry with TLS and a password", async () => {
  await using sandbox = await makeSandbox();
  const credentials = { username: "user", password: "pass:word" };
  await using registry = await startDebianRegistry({ tls: true, credentials });
  const name = `${registry.host}/app:1`;
  await built(sandbox, "-t", name);
  const anonymous = await sandbox.tsbuild(["push", "--ca-cert", registry.caFile ?? "", name]);
  assert.equal(anonymous.code, 3, anonymous.stderr);
  assert.match(anonymous.stderr, /HINT/);
  const auth = Buffer.from("user:pass:word").toString("base64");
  const config = sandbox.context({ "config.json": JSON.stringify({ auths: { [registry.host]: { auth } } }) });
  const env = { DOCKER_CONFIG: config };
  const untrusted = await sandbox.tsbuild(["push", name], {
    env: { ...env, SSL_CERT_FILE: undefined, NODE_EXTRA_CA_CERTS: undefined },
  });
  assert.equal(untrusted.code, 3, untrusted.stderr);
  const pushed = await sandbox.tsbuild(["push", "--ca-cert", registry.caFile ?? "", name], { env });
  assert.equal(pushed.code, 0, pushed.stderr);
  assert.ok(!`${pushed.stdout}${pushed.stderr}${anonymous.stderr}`.includes("pass:word"));
});

test("an archive has compressed layers, also of an image that was looked at before", async () => {
  await using sandbox = await makeSandbox();
  await built(sandbox, "-t", "app");
  const unpacked = await sandbox.tsbuild(["unpack", "app", sandbox.path("files")]);
  assert.equal(unpacked.code, 0, unpacked.stderr);
  const file = sandbox.path("app.oci.tar");
  const context = sandbox.context({ Dockerfile: "FROM app\nRUN echo more > /more\n" });
  const exported = await sandbox.tsbuild(["-o", `type=oci,dest=${file}`, context]);
  assert.equal(exported.code, 0, exported.stderr);
  const raw = await sandbox.run("skopeo", ["inspect", "--raw", `oci-archive:${file}`]);
  const { layers } = JSON.parse(raw) as { layers: { mediaType: string }[] };
  assert.deepEqual(
    [...new Set(layers.map(({ mediaType }) => mediaType))],
    ["application/vnd.oci.image.layer.v1.tar+gzip"],
  );
});
