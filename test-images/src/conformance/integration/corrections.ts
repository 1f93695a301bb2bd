import type { ContextStep, RecordedBuild } from "./case.ts";

/**
 * What the recording lost, by test and build: attributes and files that the test's program changes between builds, and outcomes that it checks
 * without the words that the recording looks for.
 */
export const corrections: Readonly<Record<string, Partial<RecordedBuild>>> = {
  "testCacheMountModeNoCache 1": { frontend_attrs: { "build-arg:FOO": "def", "no-cache": "" } },
  "testCacheMountModeNoCache 2": { frontend_attrs: { "build-arg:FOO": "ghi" } },
  "testWildcardRenameCache 1": {
    context: [{ op: "CreateFile", path: "file2", content: "foo", mode: "0600" }],
    expect: { result: "error" },
  },
  "testCopyWildcardCache 1": { context: wildcardContext("foo2-data", "bar-data-mod") },
  "testCopyWildcardCache 2": { context: wildcardContext("foo2-data-mod", "bar-data-mod") },
  "testNoCache 1": { frontend_attrs: { "no-cache": "" } },
  "testNoCache 2": { frontend_attrs: { "no-cache": "s1" } },
  "testDefaultEnvWithArgs 0": { frontend_attrs: {} },
  "testDockerfileInvalidCommand 0": { expect: { result: "error" } },
  "testDockerignore 0": { expect: { result: "success" } },
  "testNamedLocalContext 0": { expect: { result: "success" } },
  // What follows calls the API once more around the request of the build before: here, the same for people.
  "testFrontendSubrequests 2": { frontend_attrs: { requestid: "frontend.subrequests.describe" } },
  "testOutlineArgs 1": {
    frontend_attrs: { requestid: "frontend.outline,format=text", "build-arg:BAR": "678", target: "target" },
  },
  "testOutlineSecrets 1": {
    frontend_attrs: { requestid: "frontend.outline,format=text", "build-arg:BAR": "678", target: "target" },
  },
  "testOutlineRecursiveArgs 1": { frontend_attrs: { requestid: "frontend.outline,format=text" } },
  "testOutlineDescribeDefinition 0": { frontend_attrs: { requestid: "frontend.subrequests.describe" } },
  "testTargetsList 1": { frontend_attrs: { requestid: "frontend.targets,format=text" } },
  "testTargetsDescribeDefinition 0": { frontend_attrs: { requestid: "frontend.subrequests.describe" } },
  ...queryTargets(),
  "testRunNoNetwork 0": { dockerfile: "FROM busybox\nRUN --network=none ! ip link show eth0\n" },
};

/** The program changes files between the builds. */
function wildcardContext(foo2: string, bar: string): readonly ContextStep[] {
  const files = { foo1: "foo1-data", foo2, bar };
  return Object.entries(files).map(([path, content]) => ({ op: "CreateFile", path, content, mode: "0600" }));
}

/** The stages that testGitQueryString builds, by the number of the build: first for contexts, then, 27 builds later, for ADD. */
function queryTargets(): Readonly<Record<string, Partial<RecordedBuild>>> {
  const cases = [
    ["withgit", "?keep-git-dir=true"],
    ["withgit", "?tag=v0.0.2&keep-git-dir=true"],
    ["withgit", ""],
    ["withgit", "?keep-git-dir&submodules"],
    ["withgit", "?keep-git-dir=false"],
    ["withsubmod", ""],
    ["withsubmod", "?submodules=true"],
    ["withsubmod", "?submodules"],
    ["withsubmod", "?submodules=false"],
  ] as const;
  const [first, step] = [18, 27];
  return Object.fromEntries(
    cases.flatMap(([target, query], index) => [
      [
        `testGitQueryString ${first + index}`,
        { frontend_attrs: { context: `{{serverURL}}/.git${query}`, target } },
      ],
      [`testGitQueryString ${first + index + step}`, { frontend_attrs: { target } }],
    ]),
  );
}
