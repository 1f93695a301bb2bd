import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, graphOf } from "../../../testing/lowering.ts";

for (const [name, text, code, sentence, line] of [
  [
    "an unknown target",
    "FROM scratch AS build",
    "TARGET_UNKNOWN",
    /target stage "biuld" could not be found \(did you mean build\?\)/,
    undefined,
  ],
  [
    "a stage that copies from itself",
    "FROM scratch AS biuld\nCOPY --from=biuld / /",
    "STAGE_CYCLE",
    /circular dependency detected on stage: biuld/,
    2,
  ],
  [
    "stages that copy from each other",
    "FROM scratch AS biuld\nCOPY --from=x / /\nFROM scratch AS x\nCOPY --from=biuld / /",
    "STAGE_CYCLE",
    /circular dependency/,
    4,
  ],
  [
    "a source below its use",
    "FROM scratch AS biuld\nCOPY --from=x / /\nFROM scratch AS x",
    "DOCKERFILE_INVALID",
    /cannot copy from stage "x", it needs to be defined before current stage "biuld"/,
    2,
  ],
  [
    "a stage index that is too high",
    "FROM scratch AS biuld\nCOPY --from=3 / /",
    "DOCKERFILE_INVALID",
    /invalid stage index 3/,
    2,
  ],
  [
    "a base that is blank",
    "FROM $X AS biuld",
    "DOCKERFILE_INVALID",
    /base name \(\$X\) should not be blank/,
    1,
  ],
  [
    "a base in capitals",
    "FROM Foo AS biuld",
    "DOCKERFILE_INVALID",
    /repository name \(library\/Foo\) must be lowercase/,
    1,
  ],
  [
    "an empty platform",
    "FROM --platform=$TARGETPLATFROM b AS biuld",
    "DOCKERFILE_INVALID",
    /empty platform value from expression \$TARGETPLATFROM \(did you mean TARGETPLATFORM\?\)/,
    1,
  ],
  [
    "an unknown platform",
    "FROM --platform=foo b AS biuld",
    "DOCKERFILE_INVALID",
    /failed to parse platform foo/,
    1,
  ],
  [
    "a bad port",
    "FROM scratch AS biuld\nEXPOSE 99999",
    "DOCKERFILE_INVALID",
    /invalid containerPort: 99999/,
    2,
  ],
  ["a bad signal", "FROM scratch AS biuld\nSTOPSIGNAL FOO", "DOCKERFILE_INVALID", /invalid signal: FOO/, 2],
  [
    "a bad mode",
    "FROM scratch AS biuld\nCOPY --chmod=8 a b",
    "DOCKERFILE_INVALID",
    /invalid chmod parameter: '8'/,
    2,
  ],
  [
    "a mount at the root",
    "FROM scratch AS biuld\nRUN --mount=target=/ x",
    "DOCKERFILE_INVALID",
    /invalid mount target "\/"/,
    2,
  ],
  [
    "an unknown mount key",
    "FROM scratch AS biuld\nRUN --mount=target=/x,typ=bind x",
    "DOCKERFILE_INVALID",
    /unexpected key 'typ' in 'typ=bind' \(did you mean type\?\)/,
    2,
  ],
  [
    "a URL in COPY",
    "FROM scratch AS biuld\nCOPY http://h/x /",
    "DOCKERFILE_INVALID",
    /source can't be a URL for COPY/,
    2,
  ],
  [
    "a repository in COPY",
    "FROM scratch AS biuld\nCOPY https://h/x.git /",
    "DOCKERFILE_INVALID",
    /source can't be a git ref for COPY/,
    2,
  ],
  [
    "another frontend",
    "# syntax=other/front\nFROM scratch AS biuld",
    "DOCKERFILE_UNSUPPORTED",
    /the frontend other\/front is not supported/,
    1,
  ],
  [
    "an epoch that is no time",
    "ARG SOURCE_DATE_EPOCH=never\nFROM scratch AS biuld",
    "DOCKERFILE_INVALID",
    /invalid SOURCE_DATE_EPOCH: never/,
    1,
  ],
  [
    "an epoch from a stage that is no source",
    "ARG SOURCE_DATE_EPOCH=s\nFROM scratch AS s\nCOPY a b\nFROM scratch AS biuld",
    "DOCKERFILE_INVALID",
    /stage does not meet source-only requirements/,
    2,
  ],
  [
    "a variable in --from",
    "FROM scratch AS biuld\nCOPY --from=$A / /",
    "DOCKERFILE_INVALID",
    /variable expansion is not supported for --from/,
    2,
  ],
  [
    "a variable that is required",
    "FROM scratch AS biuld\nENV A=${B:?give-it}",
    "DOCKERFILE_INVALID",
    /B: give-it/,
    2,
  ],
  [
    "variables that double without end",
    `FROM scratch AS biuld\nENV A=xxxxxxxxxxxxxxxx\n${"ENV A=$A$A\n".repeat(40)}`,
    "DOCKERFILE_TOO_LARGE",
    /too l(?:ong|arge)/,
    undefined,
  ],
] as const)
  test(`${name} is refused`, () => {
    const error = failure(text, {
      target: "biuld",
      ...(name === "an unknown target" && { target: "biuld" }),
    });
    assert.equal(error.code, code, error.message);
    assert.match(error.message, sentence);
    if (line !== undefined) assert.equal(error.location?.line, line);
  });

for (const reference of [
  "docker/dockerfile:1",
  "docker.io/docker/dockerfile:1.7-labs",
  "mirror.local:5000/x/docker/dockerfile",
  "docker/dockerfile-upstream:master",
])
  test(`the frontend ${reference} is taken for ours`, () => {
    graphOf(`# syntax=${reference}\nFROM scratch`);
  });

test("BUILDKIT_SYNTAX overrides the syntax line", () => {
  graphOf("# syntax=other\nFROM scratch", { buildArgs: { BUILDKIT_SYNTAX: "docker/dockerfile" } });
});
