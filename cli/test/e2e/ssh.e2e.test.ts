import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { test } from "node:test";
import { agentMessage, createFrameReader, frameMessage } from "@tsbuild/builder";
import { openSshText } from "../../src/ssh/testing/openssh-key.ts";
import { makeSandbox, type Sandbox } from "./sandbox.ts";

/** Sends one message of one byte to the agent and prints the answer's type and length. */
const client = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
int main(int argc, char **argv) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  unsigned char message[5] = {0, 0, 0, 1, atoi(argv[1])}, answer[4096];
  strcpy(to.sun_path, getenv("SSH_AUTH_SOCK"));
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(fd, (void *)&to, sizeof to) < 0) return perror("connect"), 1;
  write(fd, message, sizeof message);
  int count = read(fd, answer, sizeof answer);
  if (count < 5) return 1;
  printf("type %d bytes %d\\n", answer[4], count);
  return 0;
}
`;

async function contextWithClient(sandbox: Sandbox, dockerfile: string): Promise<string> {
  const context = sandbox.context({ Dockerfile: dockerfile, "client.c": client });
  await sandbox.run("gcc", ["-static", "-w", "-o", `${context}/client`, `${context}/client.c`]);
  return context;
}

function writeKey(sandbox: Sandbox, name: string): string {
  const path = sandbox.path(name);
  writeFileSync(path, openSshText(generateKeyPairSync("ed25519").privateKey), { mode: 0o600 });
  return path;
}

for (const runtime of ["helper", "runc", "crun"])
  test(`RUN --mount=type=ssh by ${runtime}: the step talks to an agent and nothing of it stays`, async () => {
    await using sandbox = await makeSandbox();
    const context = await contextWithClient(
      sandbox,
      `FROM busybox
COPY client /
RUN --mount=type=ssh,mode=741,uid=100,gid=102 stat -c "%u %g %f $SSH_AUTH_SOCK" $SSH_AUTH_SOCK > /told
RUN --mount=type=ssh --mount=type=ssh,id=two,target=/two (/client 11; /client 19; SSH_AUTH_SOCK=/two /client 11) >> /told
`,
    );
    const keys = [writeKey(sandbox, "key"), writeKey(sandbox, "other")];
    const ssh = ["--ssh", `default=${keys[0]}`, "--ssh", `two=${keys.join(",")}`];
    const out = sandbox.path("out");
    const { code, stderr } = await sandbox.tsbuild([...ssh, "--runtime", runtime, "-o", out, context]);
    assert.equal(code, 0, stderr);
    // One key takes 68 bytes: its length, "ssh-ed25519" and 32 bytes behind theirs, and an empty comment.
    assert.equal(
      readFileSync(`${out}/told`, "utf8"),
      "100 102 c1e1 /run/buildkit/ssh_agent.0\ntype 12 bytes 68\ntype 5 bytes 5\ntype 12 bytes 127\n",
    );
    for (const stub of ["run/buildkit", "two"]) assert.equal(existsSync(`${out}/${stub}`), false, stub);
  });

test("the agent of $SSH_AUTH_SOCK is asked what a step may ask, and nothing else", async () => {
  await using sandbox = await makeSandbox();
  const asked: number[] = [];
  const server = createServer((client) => {
    const answer = createFrameReader((message) => {
      asked.push(message[0] ?? 0);
      client.write(frameMessage(Buffer.concat([Buffer.of(agentMessage.identities), Buffer.alloc(4)])));
    });
    client.on("data", answer);
  });
  const socket = sandbox.path("agent");
  server.listen(socket);
  await once(server, "listening");
  try {
    const context = await contextWithClient(
      sandbox,
      "FROM busybox\nCOPY client /\nRUN --mount=type=ssh /client 11 && /client 17 && /client 11\n",
    );
    const env = { SSH_AUTH_SOCK: socket };
    const { code, stderr } = await sandbox.tsbuild(["--progress=plain", "--ssh", "default", context], {
      env,
    });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /type 12 bytes 9\n.*type 5 bytes 5\n.*type 12 bytes 9\n/);
    assert.deepEqual(asked, [11, 11]);
  } finally {
    server.close();
  }
});

test("which agent it is decides nothing: the step is cached whatever its keys", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({ Dockerfile: "FROM busybox\nRUN --mount=type=ssh date +%N > /when\n" });
  const one = await sandbox.tsbuild(["--ssh", `default=${writeKey(sandbox, "one")}`, context]);
  assert.equal(one.code, 0, one.stderr);
  for (const ssh of [["--ssh", `default=${writeKey(sandbox, "two")}`], []]) {
    const next = await sandbox.tsbuild(["--progress", "plain", ...ssh, context]);
    assert.match(next.stderr, / 2\/2\] RUN .*date.*\n#\d+ CACHED/);
  }
});

for (const [name, options, args, message] of [
  ["nothing was given", "required", [], /no SSH key "default" forwarded from the client/],
  ["the id was not given", "required,id=a", ["b"], /unset ssh forward key a\n/],
] as const)
  test(`a required agent is missing: ${name}`, async () => {
    await using sandbox = await makeSandbox();
    const context = sandbox.context({ Dockerfile: `FROM busybox\nRUN --mount=type=ssh,${options} true\n` });
    const ssh = args.flatMap((id) => ["--ssh", `${id}=${writeKey(sandbox, id)}`]);
    const { code, stderr } = await sandbox.tsbuild([...ssh, context]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    assert.match(stderr, /Dockerfile:2/);
  });

test("an agent that is not required may be missing", async () => {
  await using sandbox = await makeSandbox();
  const dockerfile = 'FROM busybox\nRUN --mount=type=ssh [ ! -e "$SSH_AUTH_SOCK" ]\n';
  const { code, stderr } = await sandbox.tsbuild([sandbox.context({ Dockerfile: dockerfile })]);
  assert.equal(code, 0, stderr);
});

test("--ssh without an agent says what to do", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({ Dockerfile: "FROM scratch\n" });
  const { code, stderr } = await sandbox.tsbuild(["--ssh", "default", context], {
    env: { SSH_AUTH_SOCK: undefined },
  });
  assert.equal(code, 2);
  assert.match(stderr, /invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set/);
  assert.match(stderr, /HINT: .*--ssh default=KEYFILE/);
});
