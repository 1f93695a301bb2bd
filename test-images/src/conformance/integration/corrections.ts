import { readFileSync } from "node:fs";
import { findHierarchies } from "@tsbuild/runner-native";
import type { ContextStep, RecordedBuild } from "./case.ts";
import { programMade } from "./program-made.ts";

/**
 * What the recording lost, by test and build: builds of the test's program, attributes and files that it changes between builds,
 * and outcomes that it checks without the words that the recording looks for.
 */
export const corrections: Readonly<Record<string, Partial<RecordedBuild>>> = {
  ...programMade,
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
  // The program runs one build for each RUN of a list.
  "testRunHostNetwork 0": {
    dockerfile:
      "FROM busybox\nRUN --network=host nc 127.0.0.1 {{port}} | grep foo\nRUN --network=none ! nc -z 127.0.0.1 {{port}}\n",
  },
  // With buildx, who chooses the host's network for all steps has allowed it.
  "testRunGlobalNetwork 0": { expect: { result: "success" } },
  // It asks for nothing that has to be allowed.
  "testRunSecurityDefault 0": { expect: { result: "success" } },
  "testRunSecurityInsecure 0": { dockerfile: insecureDockerfile() },
  ...linuxResources(),
  "testMaintainBaseOSVersion 0": { frontend_attrs: { platform: "windows(10.0.20348.1006)/amd64" } },
  "testRunNoNetwork 0": { dockerfile: "FROM busybox\nRUN --network=none ! ip link show eth0\n" },
};

/** The recorded text wants the 38 capabilities of Linux 3.5; a machine whose root lacks some can give no more than it has. */
function insecureDockerfile(): string {
  const mask = 0x3f_ffff_ffffn;
  const status = readFileSync("/proc/self/status", "utf8");
  const own = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(status)?.[1] ?? "0"}`) & mask;
  const bounding = "$(cat /proc/self/status | grep CapBnd | cut -f 2 | sed s#^#0x#)";
  return `
FROM busybox
RUN --security=insecure [ "$(printf '%x' $(( ${bounding} & 0x${mask.toString(16)})))" == "${own.toString(16)}" ]
RUN [ "$(cat /proc/self/status | grep CapBnd)" == "CapBnd:\t00000000a80425fb" ]
`;
}

/** The recorded text reads the limit from version 2's hierarchy. Where the memory controller is version 1's, it shows by what it does. */
function linuxResources(): Readonly<Record<string, Partial<RecordedBuild>>> {
  const memory = findHierarchies().find(({ controllers }) => controllers.has("memory"));
  if (memory?.version === 2) return {};
  const dockerfile = `
FROM alpine AS base
RUN head -c 20m /dev/zero | tail -c 20m > /dev/null
RUN ! (head -c 100m /dev/zero | tail -c 100m > /dev/null)
RUN mkdir /out && echo 67108864 > /out/memory
FROM scratch
COPY --from=base /out /
`;
  return { "testLinuxResources 0": { dockerfile } };
}

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
