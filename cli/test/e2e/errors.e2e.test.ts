import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { test } from "node:test";
import { type Fault, startFakeRegistry } from "@tsbuild/registry/testing";
import { type ContextFile, makeSandbox, type Sandbox } from "./sandbox.ts";

/** After any failure the store works: the next build succeeds. */
async function storeStillWorks(sandbox: Sandbox): Promise<void> {
  const { code, stderr } = await sandbox.tsbuild([
    sandbox.context({ Dockerfile: "FROM busybox\nRUN true\n" }),
  ]);
  assert.equal(code, 0, stderr);
}

interface Refusal {
  readonly name: string;
  readonly dockerfile: string;
  readonly files?: Readonly<Record<string, ContextFile>>;
  readonly args?: readonly string[];
  readonly code: number;
  readonly says: readonly RegExp[];
}

const refusals: readonly Refusal[] = [
  {
    name: "unknown instruction",
    dockerfile: "FROM busybox\nRUM true\n",
    code: 2,
    says: [
      /Dockerfile:2/,
      /unknown instruction: RUM \(did you mean RUN\?\)/,
      /^ *2 \| +>>> RUM true/m,
      /\| +\^~~$/m,
    ],
  },
  {
    name: "unknown flag of an instruction",
    dockerfile: "FROM busybox\nCOPY --form=x a b\n",
    code: 2,
    says: [/ERROR: Dockerfile:2:6: /, /unknown flag: --form \(did you mean from\?\)/],
  },
  {
    name: "unknown option of the command",
    dockerfile: "FROM busybox\n",
    args: ["--tagg", "x"],
    code: 2,
    says: [/unknown option --tagg/, /did you mean --tag\?/],
  },
  {
    name: "missing COPY source",
    dockerfile: "FROM busybox\nCOPY nothing.txt /\n",
    code: 2,
    says: [/Dockerfile:2/, /"\/nothing\.txt": not found/, /HINT/],
  },
  {
    name: "a COPY source above the context is looked for inside it",
    dockerfile: "FROM busybox\nCOPY ../../etc/passwd /p\n",
    code: 2,
    says: [/Dockerfile:2/, /"\/etc\/passwd": not found/],
  },
  {
    name: "failing RUN",
    dockerfile: "FROM busybox\n# why\nRUN echo last words; exit 7\n",
    code: 1,
    says: [
      /process "\/bin\/sh -c echo last words; exit 7" did not complete successfully: exit code: 7/,
      /last words/,
      /^ *3 \| +>>> RUN echo last words/m,
      /Dockerfile:3/,
    ],
  },
  {
    name: "RUN ended by a signal",
    dockerfile: "FROM busybox\nRUN sh -c 'kill -SEGV $$'; exit $?\n",
    code: 1,
    says: [/did not complete successfully: exit code: 139/],
  },
  {
    name: "command not found in shell form",
    dockerfile: "FROM busybox\nRUN no-such-program\n",
    code: 1,
    says: [/exit code: 127/, /not found/],
  },
  {
    name: "program missing in exec form",
    dockerfile: 'FROM busybox\nRUN ["/no/such/program"]\n',
    code: 1,
    says: [/\/no\/such\/program/, /no such file or directory|not found/i],
  },
  {
    name: "unknown stage as target",
    dockerfile: "FROM busybox AS build\n",
    args: ["--target", "biuld"],
    code: 2,
    says: [/target stage "biuld" could not be found \(did you mean build\?\)/],
  },
  {
    name: "unknown stage in COPY --from, as an image nobody has",
    dockerfile: "FROM busybox\nCOPY --from=localhost:1/buildd /x /x\n",
    code: 3,
    says: [/localhost:1\/buildd/],
  },
  {
    name: "unknown base image with --pull=never",
    dockerfile: "FROM nothing-of-this-name\n",
    args: ["--pull=never"],
    code: 3,
    says: [/docker\.io\/library\/nothing-of-this-name:latest/, /HINT/],
  },
  {
    name: "a missing user",
    dockerfile: "FROM busybox\nUSER nobody-here\nRUN true\n",
    code: 2,
    says: [/nobody-here/],
  },
  {
    name: "a frontend nobody has",
    dockerfile: "# syntax=example.com/other/frontend:1\nFROM busybox\n",
    code: 2,
    says: [/example\.com\/other\/frontend:1/],
  },
  {
    name: "a frontend that is another's",
    dockerfile: "# syntax=acme/frontend:1\nFROM busybox\n",
    code: 2,
    says: [/Dockerfile:1/, /the frontend acme\/frontend:1 is not supported/],
  },
  {
    name: "an option that is not built yet",
    dockerfile: "FROM busybox\n",
    args: ["--cache-to", "type=inline"],
    code: 2,
    says: [/--cache-to is not built yet/],
  },
];

for (const { name, dockerfile, files, args, code, says } of refusals)
  test(`refused: ${name}`, async () => {
    await using sandbox = await makeSandbox();
    const context = sandbox.context({ Dockerfile: dockerfile, ...files });
    const result = await sandbox.tsbuild([...(args ?? []), "--progress", "plain", context]);
    for (const pattern of says) assert.match(result.stderr, pattern);
    assert.equal(result.code, code, result.stderr);
    assert.doesNotMatch(result.stderr, /\n\s+at /, "no stack trace");
    await storeStillWorks(sandbox);
  });

test("a missing Dockerfile is named", async () => {
  await using sandbox = await makeSandbox();
  const result = await sandbox.tsbuild([sandbox.context({ "Dockerfil.txt": "" })]);
  assert.equal(result.code, 2);
  assert.match(result.stderr, /Dockerfile/);
});

interface Answer {
  (request: IncomingMessage, response: ServerResponse): void;
}

/** A registry that answers everything but the version check in one way. */
async function withRegistry(answer: Answer, use: (host: string) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    if (request.url === "/v2/") response.end("{}");
    else answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  try {
    await use(`127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

for (const [name, status, says] of [
  ["401", 401, /unauthorized|login/i],
  ["404", 404, /not found/i],
  ["429", 429, /rate limit|too many requests/i],
] as const)
  test(`a registry that answers ${name}`, async () => {
    await using sandbox = await makeSandbox();
    await withRegistry(
      (_request, response) => {
        response.writeHead(status, { "content-type": "application/json", "retry-after": "0" });
        response.end('{"errors":[]}');
      },
      async (host) => {
        const context = sandbox.context({ Dockerfile: `FROM ${host}/some/image:1\nRUN true\n` });
        const result = await sandbox.tsbuild(["--progress", "plain", context]);
        assert.equal(result.code, 3, result.stderr);
        assert.match(result.stderr, says);
        assert.ok(result.stderr.includes(`${host}/some/image`), result.stderr);
      },
    );
    await storeStillWorks(sandbox);
  });

test("a registry that is down", async () => {
  await using sandbox = await makeSandbox();
  const context = sandbox.context({ Dockerfile: "FROM localhost:1/image\n" });
  const result = await sandbox.tsbuild(["--progress", "plain", context]);
  assert.equal(result.code, 3, result.stderr);
  assert.match(result.stderr, /localhost:1/);
  await storeStillWorks(sandbox);
});

test("a store of a later version is refused and left alone", async () => {
  await using sandbox = await makeSandbox();
  const file = sandbox.path("store", "version");
  const before = readFileSync(file, "utf8");
  writeFileSync(file, "999\n");
  const context = sandbox.context({ Dockerfile: "FROM busybox\n" });
  const result = await sandbox.tsbuild([context]);
  assert.equal(result.code, 5, result.stderr);
  assert.match(result.stderr, /version/);
  writeFileSync(file, before);
  await storeStillWorks(sandbox);
});

test("symlinks of the context and of an image that point at the host reach nothing", async () => {
  await using sandbox = await makeSandbox();
  mkdirSync(sandbox.path("canary"));
  writeFileSync(sandbox.path("canary", "secret"), "host secret");
  const context = sandbox.context({
    Dockerfile: `FROM busybox
RUN ln -s ${sandbox.path("canary")} /link && ln -s /../../../../../../..${sandbox.path("canary")} /up
COPY inside.txt /link/planted
COPY inside.txt /up/planted
`,
    "inside.txt": "x",
  });
  symlinkSync(sandbox.path("canary"), `${context}/out`);
  const built = await sandbox.tsbuild(["-t", "a", context]);
  assert.equal(built.code, 0, built.stderr);
  const stolen = await sandbox.tsbuild(["-f", "-", context], { input: "FROM busybox\nCOPY out/secret /s\n" });
  assert.equal(stolen.code, 2, stolen.stderr);
  assert.deepEqual(await sandbox.run("ls", [sandbox.path("canary")]), "secret\n");
  assert.equal(readFileSync(sandbox.path("canary", "secret"), "utf8"), "host secret");
});

const blobFaults: readonly (readonly [string, Fault, number])[] = [
  ["a truncated blob", { kind: "cut", afterBytes: 1000 }, 3],
  ["a blob of the wrong digest", { kind: "corrupt" }, 4],
];

for (const [name, fault, code] of blobFaults)
  test(`a registry that sends ${name}`, async () => {
    await using sandbox = await makeSandbox();
    await using registry = await startFakeRegistry();
    const image = `${registry.host}/base:1`;
    const pushed = await sandbox.tsbuild(["push", "busybox", image]);
    assert.equal(pushed.code, 0, pushed.stderr);
    registry.inject({ method: "GET", path: "/blobs/", fault, times: 1000, after: 1 });
    const context = sandbox.context({ Dockerfile: `FROM ${image}\nRUN true\n` });
    const other = sandbox.path("other");
    const result = await sandbox.tsbuild(["--progress", "plain", context], { store: other });
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, /HINT/);
    await storeStillWorks(sandbox);
  });
