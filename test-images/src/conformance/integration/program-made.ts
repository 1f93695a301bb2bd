import type { ContextStep, RecordedBuild } from "./case.ts";

/** Builds that a test's program makes, made here to the same end. */
export const programMade: Readonly<Record<string, Partial<RecordedBuild>>> = {
  "testTargetStageNameArg 2": {
    context: [],
    dockerfile: [
      "FROM alpine AS base",
      "WORKDIR /out",
      'RUN echo -n "value:$TARGETSTAGE" > /out/first',
      "ARG TARGETSTAGE",
      'RUN echo -n "value:$TARGETSTAGE" > /out/second',
      "FROM scratch AS final",
      "COPY --from=base /out/ /",
    ].join("\n"),
  },
  // Its context is `.`, the directory that the command runs in.
  "testDockerfileDirs 1": { context: [file("foo", "bar")], frontend_attrs: { context: "." } },
  "testChmodNonOctal 0": { dockerfile: chmodDockerfile() },
  "testNamedFilteredContext 0": {
    context: [],
    dockerfile: [
      "FROM scratch AS copied",
      "COPY --from=foo /foo /",
      "FROM alpine AS mounted",
      "RUN --mount=from=foo,src=/foo,target=/in/foo cp /in/foo /foo",
      "FROM foo AS based",
      "FROM scratch AS all",
      "COPY --from=copied /foo /foo.copied",
      "COPY --from=mounted /foo /foo.mounted",
      "COPY --from=based /foo /foo.based",
    ].join("\n"),
    frontend_attrs: { "context:foo": "local:foo", target: "all" },
  },
  "testExcludedFilesOnCopy 0": { context: excludeContext(), dockerfile: excludeDockerfile() },
  "testLocalCustomSessionID 0": {
    context: [file("out", "contents1")],
    extra_local_mounts: { basedir: [file("another", "contents2")] },
    frontend_attrs: { "context:base": "local:basedir" },
  },
  // The second build has a cache of its own.
  "testWorkdirSourceDateEpochReproducible 1": {
    frontend_attrs: {
      "build-arg:SOURCE_DATE_EPOCH": "{{time.Date(2023, 1, 10, 15, 34, 56, 0, time.UTC).Unix()}}",
      "no-cache": "",
    },
  },
  // The gateway is asked for the frontend that the syntax line names, and the API for what is built at once.
  "testGatewayBuiltinSyntaxSourceDockerfileV0 0": { api_call: undefined, frontend_attrs: {} },
  "testFrontendEvaluate 0": { api_call: undefined },
};

function file(path: string, content: string): ContextStep {
  return { op: "CreateFile", path, content, mode: "0600" };
}

/** COPY --chmod against chmod, on a file of mode 666 and a directory of mode 124. */
function chmodDockerfile(): string {
  const modes = ["go-w", "u=rw,g=r,o=r", "a+X", "u+rw,g+r,o-x,o+w", "u=rwX,go=rX", "a=r"];
  const cases = modes.map((mode, index) => ({ mode, name: `case${index}` }));
  const names = cases.flatMap(({ name }) => [`${name}/file`, `${name}/dir`]);
  return [
    "FROM alpine AS base",
    "RUN mkdir -p /input/dir /expected && touch /input/file && chmod 666 /input/file && chmod 124 /input/dir",
    ...cases.map(
      ({ mode, name }) => `RUN cp -a /input /expected/${name} && chmod ${mode} /expected/${name}/*`,
    ),
    "FROM scratch AS result",
    // The directory that is named is made as any other; its content has the mode.
    ...cases.map(({ mode, name }) => `COPY --from=base --chmod=${mode} /input /${name}`),
    "FROM base",
    "COPY --from=result / /actual/",
    ...names.map((name) => `RUN [ "$(stat -c %A /actual/${name})" = "$(stat -c %A /expected/${name})" ]`),
  ].join("\n");
}

function excludeContext(): readonly ContextStep[] {
  const contents = {
    "dir1/file-101.png": "2",
    "dir1/file-102.txt": "3",
    "dir1/file-103.jpeg": "4",
    "dir2/file-201.pdf": "6",
    "dir2/file-202.jpeg": "7",
    "dir2/file-203.png": "8",
    "dir3/file-301.mp3": "9",
    "dir3/file-302.mpeg": "10",
    "dir4/file-401.txt": "11",
  };
  return [
    ...Object.entries(contents).map(([path, content]) => file(path, content)),
    { op: "Symlink", path: "dir4/file-402.txt", target: "file-401.txt" },
    { op: "Symlink", path: "dir4/file-403.txt", target: "file-404.txt" },
  ];
}

/** As far as the paths of the checks tell: whole trees, one directory, several directories into one; by COPY and by ADD. */
function excludeDockerfile(): string {
  return [
    "FROM scratch",
    "COPY --exclude=*/*.png --exclude=**/*.jpeg . /builder1/1/",
    "ADD --exclude=dir?/*.txt --exclude=**/file-2*.pdf . /builder2/2/",
    "COPY --exclude=*.mp3 dir3/ /builder3/3/",
    "ADD --exclude=*.png --exclude=*.txt --exclude=*.jpeg --exclude=*.pdf --exclude=*.mp3 dir1 dir2 dir3 dir4 /builder4/4/",
    "COPY --exclude=**/*.png --exclude=*.jp* --exclude=*.pdf --exclude=*.mp* dir* /builder5/5/",
    "COPY --exclude=** dir1 /builder6/6/",
  ].join("\n");
}
