import assert from "node:assert/strict";
import type { HandCheck, HandChecks } from "../hand-check.ts";

/** The build itself is the check: its RUN steps fail where they are not what they should be. */
const steps: HandCheck = {
  rewrites: 0,
  leaves: [
    {
      matching: /"Fail"/,
      reason: "it is what the program says when the daemon has another mode than the two there are",
    },
  ],
  check: ({ ended }) => assert.ok(ended.succeeded),
};

/** RUN: what a step is allowed. */
export const runChecks: HandChecks = {
  "testRunHostNetwork 0": steps,
  "testRunGlobalNetwork 0": steps,
  "testRunSecurityInsecure 0": steps,
  "testRunSecurityDefault 0": steps,
};
