import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Outline, Subrequest, TargetList } from "@tsbuild/builder";
import type { Built } from "../built.ts";
import type { HandCheck, HandChecks } from "../hand-check.ts";

/** Questions to the frontend: outline, targets, and which questions there are. */
export const callChecks: HandChecks = {
  "testFrontendSubrequests 0": {
    rewrites: 2,
    check: ({ ended }) => assert.match(ended.text, /there is no call "subrequests\.notexist"/),
  },
  "testFrontendSubrequests 2": describes("frontend.subrequests.describe"),
  "testOutlineDescribeDefinition 0": describes("frontend.outline"),
  "testTargetsDescribeDefinition 0": describes("frontend.targets"),
  "testOutlineArgs 0": {
    rewrites: 31,
    check: (built) => {
      const { name, description, args, sources } = answer<Outline>(built);
      assert.equal(name, "target");
      assert.equal(description, "defines build target");
      assertSource(sources, built);
      assert.deepEqual(args?.map(argument), [
        ["inherited", "box", "", 2],
        ["sfx", "usybox", "is a suffix", 6],
        ["FOO", "123", "", 10],
        ["BAR", "678", "is a number", 12],
        ["ABC", "a", "", 20],
        ["password", "", "", 22],
        ["alternate_password", "", "will show up in the outline", 25],
      ]);
    },
  },
  "testOutlineArgs 1": shows(/^TARGET: +target$/m, /^BAR +678 +is a number$/m),
  "testOutlineSecrets 0": {
    rewrites: 20,
    check: (built) => {
      const { secrets, ssh, sources } = answer<Outline>(built);
      assertSource(sources, built);
      assert.deepEqual(secrets?.map(access), [
        ["passwd", true, 3],
        ["second678", false, 10],
      ]);
      assert.deepEqual(ssh?.map(access), [
        ["default", false, 3],
        ["ssh3", true, 14],
      ]);
    },
  },
  "testOutlineSecrets 1": shows(/^SECRET +REQUIRED$/m, /^second678$/m, /^ssh3 +true$/m),
  "testOutlineRecursiveArgs 0": {
    rewrites: 11,
    check: (built) => {
      const args = answer<Outline>(built).args ?? [];
      assert.deepEqual(
        args.map(({ name, value }) => [name, value]),
        [
          ["ABC", "abc"],
          ["BAR", "123abc456"],
          ["FOO", "123abc456123abc456"],
          ["INBAR", "123456"],
          ["INFOO", "123456123456"],
        ],
      );
    },
  },
  "testOutlineRecursiveArgs 1": shows(/^FOO +123abc456123abc456$/m),
  "testTargetsList 0": {
    rewrites: 26,
    check: (built) => {
      const { targets, sources } = answer<TargetList>(built);
      assertSource(sources, built);
      assert.deepEqual(
        targets.map((target) => [
          target.name ?? "",
          target.base,
          target.description ?? "",
          target.default === true,
          target.location.ranges[0]?.start.line,
        ]),
        [
          ["build", "alpine", "defines stage for compiling the binary", false, 3],
          ["second", "busybox", "", false, 6],
          ["", "alpine", "", false, 9],
          ["binary", "second", "returns the compiled binary", true, 13],
        ],
      );
    },
  },
  "testTargetsList 1": shows(/^binary \(default\) +returns the compiled binary$/m),
};

type OutlineArg = NonNullable<Outline["args"]>[number];
type OutlineAccess = NonNullable<Outline["secrets"]>[number];

function argument({ name, value = "", description = "", location }: OutlineArg): readonly unknown[] {
  return [name, value, description, location.ranges[0]?.start.line];
}

function access({ name, required, location }: OutlineAccess): readonly unknown[] {
  return [name, required === true, location.ranges[0]?.start.line];
}

function answer<Answer>({ ended }: Built): Answer {
  return JSON.parse(ended.stdout) as Answer;
}

/** The Dockerfile is the only source, so every location is in the source 0, which is not written. */
function assertSource(sources: readonly string[], { place }: Built): void {
  const dockerfile = readFileSync(join(place.context, "Dockerfile"), "utf8");
  assert.deepEqual(
    sources.map((source) => Buffer.from(source, "base64").toString()),
    [dockerfile],
  );
}

/** The answer for people; the recorded check is that there was one. */
function shows(...lines: readonly RegExp[]): HandCheck {
  return {
    rewrites: 1,
    check: ({ ended }) => {
      for (const line of lines) assert.match(ended.stdout, line);
    },
  };
}

/** The request is among those that the frontend describes. */
function describes(name: string): HandCheck {
  return {
    rewrites: 1,
    check: (built) => {
      const found = answer<readonly Subrequest[]>(built).find((request) => request.name === name);
      assert.equal(found?.type, "rpc");
      assert.notEqual(found.version, "");
      assert.equal(found.metadata?.[0]?.name, "result.json");
    },
  };
}
