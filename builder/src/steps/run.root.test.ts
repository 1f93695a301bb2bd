import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import type { TsbuildError } from "@tsbuild/runner-native";
import { makeWorkshop, type Workshop } from "../../testing/workshop.ts";
import type { BuildRequest } from "../request.ts";

let workshop: Workshop;
before(async () => {
  workshop = await makeWorkshop();
  workshop.write({
    a: "from the context\n",
    "d/e": "deep\n",
    ".dockerignore": "secret\n",
    secret: "ignored",
  });
});
after(() => workshop[Symbol.asyncDispose]());

async function outputOf(dockerfile: string, options: Partial<BuildRequest> = {}): Promise<string> {
  return (await workshop.build(dockerfile, options)).output;
}

async function failureOf(dockerfile: string, options: Partial<BuildRequest> = {}): Promise<TsbuildError> {
  const failure = await workshop.build(dockerfile, options).then(
    () => assert.fail("it succeeded"),
    (error: unknown) => error as TsbuildError,
  );
  return failure;
}

test("the environment is the image's, the stage's and HOME; arguments of the build are in it, not in the image", async () => {
  const output = await outputOf(`FROM busybox
ENV A="two words"
ARG B=argument
RUN env
`);
  const lines = output.trim().split("\n").sort();
  assert.deepEqual(
    lines.filter((line) => !/^(SHLVL|PWD|HOSTNAME)=/.test(line)),
    [
      "A=two words",
      "B=argument",
      "HOME=/root",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ],
  );
});

for (const [user, expected] of [
  ["", "uid=0(root) gid=0(root) /root\n"],
  ["nobody", "uid=65534(nobody) gid=65534(nobody) groups=65534(nobody) /\n"],
  ["1234", "uid=1234 gid=0(root) groups=0(root) /\n"],
  ["1234:567", "uid=1234 gid=567 groups=567 /\n"],
] as const)
  test(`USER ${user || "root by default"}`, async () => {
    const instruction = user === "" ? "" : `USER ${user}\n`;
    assert.equal(await outputOf(`FROM busybox\n${instruction}RUN echo $(id) $HOME\n`), expected);
  });

test("an unknown user is an error at the RUN", async () => {
  const error = await failureOf("FROM busybox\nUSER ghost\nRUN true\n");
  assert.equal(error.code, "USER_UNKNOWN");
  assert.equal(error.location?.line, 3);
});

for (const [what, command, message, hint] of [
  [
    "an exit code",
    "RUN exit 3",
    'process "/bin/sh -c exit 3" did not complete successfully: exit code: 3',
    undefined,
  ],
  [
    "a missing command in a shell",
    "RUN nonesuch",
    'process "/bin/sh -c nonesuch" did not complete successfully: exit code: 127',
    /command not found/,
  ],
  [
    "a missing program in exec form",
    'RUN ["/nonesuch", "a"]',
    'process "/nonesuch a" did not complete successfully: exit code: 1',
    /no such file/,
  ],
] as const)
  test(`a failing RUN: ${what}`, async () => {
    const error = await failureOf(`FROM busybox\n${command}\n`);
    assert.equal(error.code, "RUN_FAILED");
    assert.equal(error.exitCode, 1);
    assert.equal(error.location?.line, 2);
    if (message !== undefined) assert.equal(error.message, message);
    if (hint !== undefined) assert.match(error.hint ?? "", hint);
  });

test("the machine's files are there, read-only, and in no layer", async () => {
  const addHosts = [{ host: "db", address: "10.0.0.9" }];
  const output = await outputOf(
    "FROM busybox\nRUN cat /etc/hosts && hostname && ! touch /etc/hosts /etc/resolv.conf 2>/dev/null\nRUN ls /etc\n",
    { addHosts },
  );
  assert.match(output, /^127\.0\.0\.1\tlocalhost buildkitsandbox$/m);
  assert.match(output, /^10\.0\.0\.9\tdb$/m);
  assert.match(output, /^buildkitsandbox$/m);
  const destination = workshop.path("etc");
  await workshop.build("FROM busybox\nRUN true\n", { exports: [{ kind: "local", destination }] });
  assert.deepEqual(readdirSync(`${destination}/etc`), ["group", "passwd"]);
});

test("BUILDKIT_SANDBOX_HOSTNAME names the machine of every step", async () => {
  const output = await outputOf("FROM busybox\nRUN grep 127 /etc/hosts && hostname\n", {
    buildArgs: { BUILDKIT_SANDBOX_HOSTNAME: "foo" },
  });
  assert.equal(output, "127.0.0.1\tlocalhost foo\nfoo\n");
});

test("--network=none has a loopback interface only", async () => {
  assert.equal(await outputOf("FROM busybox\nRUN --network=none ls /sys/class/net\n"), "lo\n");
});

test("a bind mount of the context shows what is not ignored, as root's; writes to it are lost", async () => {
  const output = await outputOf(`FROM busybox
RUN --mount=type=bind,target=/c ls /c && stat -c %u:%g /c/a && ! touch /c/x 2>/dev/null
RUN --mount=type=bind,source=a,target=/file cat /file
RUN --mount=type=bind,target=/c,rw touch /c/x && ls /c
`);
  assert.equal(output, "a\nd\n0:0\nfrom the context\na\nd\nx\n");
  assert.ok(!existsSync(workshop.path("context/x")));
});

test("a bind mount of another stage; what it holds is in the key, what else the stage does is not", async () => {
  const dockerfile = (extra: string): string => `FROM busybox AS one
RUN mkdir /out && echo made > /out/f && echo ${extra} > /elsewhere
FROM busybox
RUN --mount=type=bind,from=one,source=/out,target=/m cat /m/f
`;
  const first = await workshop.build(dockerfile("1"));
  assert.equal(first.output, "made\n");
  const second = await workshop.build(dockerfile("2"));
  assert.deepEqual(
    second.ran.map((name) => name.slice(0, 9)),
    ["[one 2/2]"],
  );
});

test("a cache mount lives from step to step and is in no layer", async () => {
  const destination = workshop.path("cached");
  const { output } = await workshop.build(
    `FROM busybox
RUN --mount=type=cache,target=/cache,mode=0700,uid=5 echo kept > /cache/f && stat -c '%a %u' /cache
RUN --mount=type=cache,target=/cache cat /cache/f
RUN --mount=type=cache,target=/other,id=/cache,ro cat /other/f && ! touch /other/x 2>/dev/null
`,
    { exports: [{ kind: "local", destination }] },
  );
  assert.equal(output, "700 5\nkept\nkept\n");
  assert.ok(!existsSync(`${destination}/cache`));
});

test("a new cache mount begins with what it is told", async () => {
  const output = await outputOf(`FROM busybox AS seed
RUN mkdir -p /s/d && echo seed > /s/d/f && chown -R 7:8 /s/d
FROM busybox
RUN --mount=type=cache,id=seeded,target=/c,from=seed,source=/s cat /c/d/f && stat -c %u:%g /c/d/f && echo more > /c/g
RUN --mount=type=cache,id=seeded,target=/c,from=seed,source=/s ls /c
`);
  assert.equal(output, "seed\n7:8\nd\ng\n");
});

test("a step that is made without the cache begins with empty cache mounts, for the whole build", async () => {
  const fill = (name: string): string => `FROM busybox AS fresh
RUN --mount=type=cache,id=n,target=/c,mode=0773 --mount=type=cache,id=plain,target=/p touch /c/${name} /p/${name} && echo $(ls /c) $(ls /p)
FROM busybox
COPY --from=fresh /etc/passwd /x
RUN --mount=type=cache,id=n,target=/c,sharing=private echo ${name} and $(ls /c)
RUN --mount=type=cache,id=other,target=/c touch /c/${name} && echo other $(ls /c)
`;
  const output = async (name: string, options: Partial<BuildRequest> = {}): Promise<readonly string[]> =>
    (await outputOf(fill(name), options)).trim().split("\n").sort();
  assert.deepEqual(await output("1"), ["1 1", "1 and 1", "other 1"]);
  assert.deepEqual(await output("2"), ["1 2 1 2", "2 and 1 2", "other 1 2"]);
  // Only what the steps of that stage use begins anew.
  assert.deepEqual(await output("3", { noCacheFilter: ["fresh"] }), ["3 3", "3 and 3", "other 1 2 3"]);
  assert.deepEqual(await output("4"), ["3 4 3 4", "4 and 3 4", "other 1 2 3 4"]);
  assert.deepEqual(await output("5", { noCache: true }), ["5 5", "5 and 5", "other 5"]);
});

test("locked caches in opposite orders, or twice in one step, do not wait for each other for ever", async () => {
  const output = await outputOf(`FROM busybox AS one
RUN --mount=type=cache,id=x,target=/x,sharing=locked --mount=type=cache,id=y,target=/y,sharing=locked sleep 0.1; echo 1 > /one
FROM busybox AS two
RUN --mount=type=cache,id=y,target=/y,sharing=locked --mount=type=cache,id=x,target=/x,sharing=locked sleep 0.1; echo 2 > /two
FROM busybox
COPY --from=one /one /
COPY --from=two /two /
RUN --mount=type=cache,id=x,target=/a,sharing=locked --mount=type=cache,id=x,target=/b echo same > /a/f && cat /b/f
`);
  assert.equal(output, "same\n");
});

test("private cache mounts are apart while both are in use; locked ones wait", async () => {
  const { output } = await workshop.build(`FROM busybox AS a
RUN --mount=type=cache,id=p,target=/c,sharing=private echo a > /c/a && sleep 0.3 && ls /c
FROM busybox AS b
RUN --mount=type=cache,id=p,target=/c,sharing=private echo b > /c/b && sleep 0.3 && ls /c
FROM busybox AS c
RUN --mount=type=cache,id=l,target=/c,sharing=locked mkdir /c/lock && sleep 0.2 && rmdir /c/lock
FROM busybox AS d
RUN --mount=type=cache,id=l,target=/c,sharing=locked mkdir /c/lock && sleep 0.2 && rmdir /c/lock
FROM busybox
COPY --from=a /etc/group /1
COPY --from=b /etc/group /2
COPY --from=c /etc/group /3
COPY --from=d /etc/group /4
`);
  assert.deepEqual(output.trim().split("\n").sort(), ["a", "b"]);
});

test("a secret is a file of its user alone, or a variable; it is in no layer and in no key", async () => {
  const secrets = (value: string): Partial<BuildRequest> => ({ secrets: { s: () => Buffer.from(value) } });
  const dockerfile = `FROM busybox
RUN --mount=type=secret,id=s,env=S stat -c '%a %u' /run/secrets/s 2>/dev/null; echo $S
RUN --mount=type=secret,id=s,target=/s,uid=7,mode=0440 cat /s && echo && stat -c '%a %u' /s && ls /run 2>&1 || true
RUN --mount=type=secret,id=missing ls /run/secrets 2>/dev/null || echo none
`;
  const destination = workshop.path("secrets");
  const exports = [{ kind: "local", destination }] as const;
  const { output } = await workshop.build(dockerfile, { ...secrets("hush"), exports });
  assert.match(output, /hush/);
  assert.match(output, /440 7/);
  assert.match(output, /none/);
  assert.ok(!existsSync(`${destination}/s`) && !existsSync(`${destination}/run`));
  const again = await workshop.build(dockerfile, secrets("other"));
  assert.deepEqual(again.ran, []);
});

test("what a killed build left of a secret is removed by the next one", async () => {
  const { mkdtempSync, writeFileSync } = process.getBuiltinModule("node:fs");
  const left = mkdtempSync("/dev/shm/tsbuild-secret-");
  writeFileSync(`${left}/secret`, "hush");
  await outputOf("FROM busybox\nRUN --mount=type=secret,id=s cat /run/secrets/s\n", {
    secrets: { s: () => Buffer.from("hush") },
  });
  assert.deepEqual(
    readdirSync("/dev/shm").filter((each) => each.startsWith("tsbuild-secret-")),
    [],
  );
});

test("a required secret that was not given is an error that names it", async () => {
  const error = await failureOf("FROM busybox\nRUN --mount=type=secret,id=token,required true\n");
  assert.match(error.message, /secret token: not found/);
  assert.match(error.hint ?? "", /--secret id=token/);
});

test("a tmpfs is empty, has its size and is gone afterwards", async () => {
  const output = await outputOf(`FROM busybox
RUN --mount=type=tmpfs,target=/t,size=1048576 df -k /t | awk 'END{print $2}' && touch /t/x
RUN ls -d /t 2>/dev/null || echo gone
`);
  assert.equal(output, "1024\ngone\n");
});

test("a heredoc with #! is a program", async () => {
  const dockerfile =
    "FROM busybox\nRUN <<EOF\n#!/bin/sh -e\necho program $0\nEOF\nRUN <<EOF\necho shell\nEOF\n";
  assert.match(await outputOf(dockerfile), /program .*\nshell\n/);
});

test("stages run at the same time", async () => {
  const stages = [1, 2, 3, 4].map((n) => `FROM busybox AS s${n}\nRUN sleep 0.5 && echo ${n} > /f\n`).join("");
  const copies = [1, 2, 3, 4].map((n) => `COPY --from=s${n} /f /f${n}\n`).join("");
  const { events } = await workshop.build(`${stages}FROM busybox\n${copies}`);
  let running = 0;
  let most = 0;
  for (const { kind } of events) {
    if (kind === "step-start") most = Math.max(most, ++running);
    if (kind === "step-done") running--;
  }
  assert.ok(most >= 4);
});

test("a failure stops the stages beside it, and no process is left", async () => {
  const error = await failureOf(`FROM busybox AS slow
RUN sleep 77.123
FROM busybox AS bad
RUN sleep 0.2; exit 9
FROM busybox
COPY --from=slow /etc/group /1
COPY --from=bad /etc/group /2
`);
  assert.match(error.message, /exit code: 9/);
  const left = readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    return commandOf(pid).includes("77.123");
  });
  assert.deepEqual(left, []);
});

function commandOf(pid: string): string {
  try {
    return process.getBuiltinModule("node:fs").readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    // It ended meanwhile.
    return "";
  }
}

test("WORKDIR belongs to the user of the moment, with the parents it makes", async () => {
  const output = await outputOf(`FROM busybox
USER 55
WORKDIR /a/b
RUN stat -c '%u:%g %a' /a /a/b
WORKDIR /tmp
RUN stat -c '%u:%g %a' /tmp
`);
  assert.equal(output, "55:55 755\n55:55 755\n0:0 1777\n");
});

test("ADD unpacks archives by their content, and takes the rest as it is", async () => {
  const { execFileSync } = process.getBuiltinModule("node:child_process");
  workshop.write({ "pack/x/y": "y\n" });
  const context = workshop.path("context");
  for (const [file, flag] of [
    ["plain", "-c"],
    ["gz.bin", "-cz"],
    ["b.bz2", "-cj"],
    ["c.xz", "-cJ"],
  ] as const)
    execFileSync("tar", [flag, "-f", `${context}/${file}`, "-C", `${context}/pack`, "x"]);
  execFileSync("sh", ["-c", `echo no archive | gzip > ${context}/text.gz`]);
  const output = await outputOf(`FROM busybox
ADD plain /1/
ADD gz.bin /2/
ADD b.bz2 /3/
ADD c.xz /4/
ADD text.gz /5/
COPY plain /6/
RUN cat /1/x/y /2/x/y /3/x/y /4/x/y && zcat /5/text.gz && ls /6
`);
  assert.equal(output, "y\ny\ny\ny\nno archive\nplain\n");
});
