import assert from "node:assert/strict";
import { test } from "node:test";
import { lower } from "../graph/lower/lower.ts";
import { findProblems, parseDockerfile, problemsOf } from "./stages.ts";
import { TsbuildError } from "@tsbuild/runner-native";

function problems(text: string): readonly TsbuildError[] {
  try {
    const options = { buildPlatform: { os: "linux", architecture: "amd64" } };
    lower(parseDockerfile("Dockerfile", text), options, () => undefined);
    return [];
  } catch (error) {
    assert.ok(error instanceof TsbuildError);
    return problemsOf(error);
  }
}

/** What the caret stands under, and what is said to do. */
for (const [line, under, hint] of [
  ["CPY a b", "CPY", undefined],
  ["COPY --chown a b", "--chown", /--chown=value/],
  ["COPY --chmod=9 a b", "--chmod=9", /0755/],
  ["COPY --from=7 a b", "--from=7", /the first stage is 0/],
  ["COPY --from=$A a b", "--from=$A", /FROM \$A AS name/],
  ["COPY a https://h/f /", "https://h/f", /use ADD/],
  ["ADD --checksum=md5:0 https://h/f /", "--checksum=md5:0", /sha256:/],
  ["RUN --mount=type=bnd,target=/x y", "type=bnd", /types are bind/],
  ["RUN --mount=type=cache,taget=/x y", "taget=/x", /type=cache takes target/],
  ["RUN --mount=type=cache,target=/x,sharing=all y", "sharing=all", /shared, private or locked/],
  ["RUN --mount=type=cache y", "--mount=type=cache", /target=/],
  ["RUN --network=hots y", "--network=hots", /default, none and host/],
  ["EXPOSE 80 99999", "99999", /65535/],
  ["EXPOSE 80/icmp", "80/icmp", /tcp, udp and sctp/],
  ["STOPSIGNAL SIGTREM", "SIGTREM", /SIGTERM/],
  ["HEALTHCHECK --timeout=1s --interval=5 CMD x", "--interval=5", /30s/],
  ["ENV A=${B^^}", "A=${B^^}", /\$\{v:-word\}/],
  ['ENV A="x', 'A="x', /never closed/],
  ["WORKDIR", "WORKDIR", /WORKDIR \/path/],
  ["apt-get update", "apt-get", /end the line before with \\/],
] as const)
  test(`the error of ${line} stands under ${under}`, () => {
    const [problem] = problems(`FROM scratch\n${line}\n`);
    const { line: number, column = 0, endColumn = 0 } = problem?.location ?? {};
    assert.equal(number, 2);
    assert.equal(line.slice(column - 1, endColumn - 1), under, problem?.message);
    if (hint !== undefined) assert.match(problem?.hint ?? "", hint);
  });

test("what is no Dockerfile at all is called so", () => {
  assert.match(findProblems("Dockerfile", "version: 3\n")[0]?.hint ?? "", /does not look like a Dockerfile/);
  assert.match(findProblems("Dockerfile", "<<<<<<< HEAD\nFROM a\n")[0]?.hint ?? "", /merge conflict/);
});

test("what several instructions do wrong is reported together, in order", () => {
  const text =
    "FROM scratch\nSTOPSIGNAL X\nEXPOSE 99999\nFROM scratch\nCOPY --chmod=9 a b\nCOPY --from=0 a b\n";
  assert.deepEqual(
    problems(text).map(({ location }) => location?.line),
    [2, 3, 5],
  );
});

test("bases that are wrong are reported together", () => {
  const text = "FROM $A\nFROM --platform=x/y/z/u scratch\nFROM scratch\n";
  assert.deepEqual(
    problems(text).map(({ location }) => location?.line),
    [1, 2],
  );
});

test("a limit that is reached ends the list", () => {
  const text = `FROM scratch\nSTOPSIGNAL X\nENV A=xxxxxxxxxxxxxxxx\n${"ENV A=$A$A\n".repeat(40)}`;
  assert.deepEqual(
    problems(text).map(({ code }) => code),
    ["DOCKERFILE_INVALID", "DOCKERFILE_TOO_LARGE"],
  );
});
