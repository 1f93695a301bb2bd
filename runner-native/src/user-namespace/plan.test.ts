import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TsbuildError } from "../errors.ts";
import type { UserFacts } from "./facts.ts";
import { planUserNamespace } from "./plan.ts";

const ordinary: UserFacts = {
  uid: 1000,
  gid: 1001,
  name: "ann",
  capabilities: 0n,
  uidMap: "         0          0 4294967295\n",
  gidMap: "         0          0 4294967295\n",
  subuid: "bob:1:2\nann:100000:65536\n",
  subgid: "ann:200000:65536\n",
  hasMappers: true,
  maxUserNamespaces: "15000",
  unprivilegedClone: undefined,
};
const allCapabilities = (1n << 41n) - 1n;
const withoutSysAdmin = allCapabilities & ~(1n << 21n);

describe("the map of a user namespace", () => {
  const rows: readonly (readonly [string, Partial<UserFacts>, object])[] = [
    [
      "an ordinary user gets the range, by the set-uid programs",
      {},
      {
        kind: "range",
        mapper: "newuidmap",
        uidMap: "0 1000 1\n1 100000 65536",
        gidMap: "0 1001 1\n1 200000 65536",
      },
    ],
    [
      "ranges by number and in pieces count too",
      { subuid: "1000:5000:10\nann:9000:20\n" },
      { kind: "range", uidMap: "0 1000 1\n1 5000 10\n11 9000 20" },
    ],
    [
      "root of the machine needs none",
      { uid: 0, capabilities: allCapabilities },
      { kind: "range", mapper: "none" },
    ],
    [
      "root of a namespace with one id needs none, and has no owners to keep",
      { uid: 0, capabilities: allCapabilities, uidMap: "0 1000 1\n" },
      { kind: "single", mapper: "none" },
    ],
    [
      "root without the right to mount passes all its ids on",
      { uid: 0, capabilities: withoutSysAdmin, uidMap: "0 100000 65536\n" },
      { kind: "range", mapper: "direct", uidMap: "0 0 1\n1 1 65535", gidMap: "0 0 1\n1 1 4294967294" },
    ],
  ];
  for (const [name, facts, want] of rows)
    test(name, () => assert.partialDeepStrictEqual(planUserNamespace({ ...ordinary, ...facts }), want));

  const singles: readonly (readonly [string, Partial<UserFacts>, RegExp, RegExp])[] = [
    ["without the mappers", { hasMappers: false }, /newuidmap is not installed/, /uidmap/],
    ["without a range of users", { subuid: "" }, /ann .*\/etc\/subuid/, /usermod .*ann/],
    ["without a range of groups", { subgid: "ann:1:0\n" }, /\/etc\/subgid/, /usermod/],
    ["without a name", { name: undefined, subuid: "" }, /this user/, /USER/],
  ];
  for (const [name, facts, sentence, hint] of singles)
    test(`${name} it is a single id, and the plan says why`, () => {
      const plan = planUserNamespace({ ...ordinary, ...facts });
      assert.deepEqual(
        [plan.kind, plan.mapper, plan.uidMap, plan.gidMap],
        ["single", "single", "0 1000 1", "0 1001 1"],
      );
      assert.match(plan.reason?.sentence ?? "", sentence);
      assert.match(plan.reason?.hint ?? "", hint);
    });

  const refusals: readonly (readonly [Partial<UserFacts>, RegExp])[] = [
    [{ maxUserNamespaces: "0" }, /user\.max_user_namespaces/],
    [{ unprivilegedClone: "0" }, /kernel\.unprivileged_userns_clone/],
  ];
  for (const [facts, hint] of refusals)
    test(`${Object.keys(facts)[0]} = 0 is an error that names the switch`, () => {
      assert.throws(
        () => planUserNamespace({ ...ordinary, ...facts }),
        (error) =>
          error instanceof TsbuildError &&
          error.code === "USER_NAMESPACE_FAILED" &&
          hint.test(error.hint ?? ""),
      );
    });
});
