import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { installCommand, type Installation } from "./installation.ts";
import { makeSandbox, type Sandbox } from "./sandbox.ts";

/** Owners, modes, links, an attribute of a directory, a removal and a stage of its own: what a runtime could get wrong. */
const dockerfile = `FROM busybox AS build
WORKDIR /src
COPY . .
RUN cat a b > all && mkdir -p /out/x && mv all /out/x/ && ln -s x /out/link && ln /out/x/all /out/hard
FROM busybox
COPY --from=build --chown=1000:1000 /out /home/u
RUN mkdir -m 1777 /shared && chmod 0700 /home/u && chown 7:8 /home/u/x && rm /bin/vi; echo "$(id -u)" > /etc/who
USER 1000
RUN mkdir /home/u/made && echo mine > /home/u/made/file
CMD ["cat", "/home/u/x/all"]
`;

describe("--reproducible: one digest for", () => {
  let sandbox: Sandbox;
  let context: string;
  let installed: Installation;
  let want: string;
  const users = [`tsb-range-${process.pid}`, `tsb-other-${process.pid}`] as const;

  before(async () => {
    sandbox = await makeSandbox();
    context = sandbox.context({ Dockerfile: dockerfile, a: "1\n", b: { text: "2\n", mode: 0o755 } });
    chmodSync(`${context}/a`, 0o644);
    installed = installCommand(sandbox.path("installed"));
    for (const user of users) await sandbox.run("useradd", ["--no-create-home", "--shell", "/bin/sh", user]);
    want = await digest("reference", []);
  });

  after(async () => {
    // One that could not be made must not keep the other from going.
    await Promise.allSettled(users.map((user) => sandbox.run("userdel", ["--force", user])));
    await sandbox[Symbol.asyncDispose]();
  });

  /** Builds everything again on a store of its own and reads the digest of the manifest that would be published. */
  async function digest(
    name: string,
    args: readonly string[],
    prefix: readonly string[] = [],
    owner = "root",
  ): Promise<string> {
    const home = sandbox.path(name);
    mkdirSync(home);
    cpSync(sandbox.store, `${home}/store`, { recursive: true });
    await sandbox.run("chown", ["-R", `${owner}:`, home]);
    const metadata = `${home}/metadata.json`;
    const output = ["-q", "-o", `type=oci,dest=${home}/image.tar`, "--metadata-file", metadata];
    const build = [installed.command, "--reproducible", ...output, ...args, context];
    const [program = installed.node, ...words] = [...prefix, installed.node, ...build];
    await sandbox.run(program, words, { env: { TSBUILD_ROOT: `${home}/store`, HOME: home, USER: owner } });
    const text = readFileSync(metadata, "utf8");
    const found = (JSON.parse(text) as Record<string, unknown>)["containerimage.digest"];
    assert.match(String(found), /^sha256:/);
    rmSync(home, { recursive: true });
    return String(found);
  }

  for (const runtime of ["helper", "runc", "crun"] as const)
    test(`root with --runtime ${runtime}`, async () =>
      assert.equal(await digest(runtime, ["--runtime", runtime]), want));

  for (const [name, user, umask] of [
    ["an ordinary user", users[0], "022"],
    ["another user with another range and umask", users[1], "077"],
  ] as const)
    for (const runtime of ["helper", "runc", "crun"] as const)
      test(`${name}, with --runtime ${runtime}`, async () => {
        const prefix = ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--init-groups"];
        const shell = ["sh", "-c", `umask ${umask}; exec "$@"`, "sh"];
        const found = await digest(`${user}-${runtime}`, ["--runtime", runtime], [...prefix, ...shell], user);
        assert.equal(found, want);
      });

  for (const umask of ["000", "077"] as const)
    test(`umask ${umask}`, async () => {
      const shell = ["sh", "-c", `umask ${umask}; exec "$@"`, "sh"];
      assert.equal(await digest(`umask-${umask}`, [], shell), want);
    });

  for (const date of ["2001-02-03 04:05:06", "2037-12-31 23:59:59"] as const)
    test(`the date ${date}`, async () =>
      assert.equal(await digest(date.slice(0, 4), [], ["faketime", date]), want));
});
