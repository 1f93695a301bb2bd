import assert from "node:assert/strict";
import { test } from "node:test";
import { runnerError } from "./errors.ts";

test("what would steer a terminal is shown in the sentence and the hint, line ends and tabs stay", () => {
  const error = runnerError("PATH_INVALID", "a\x1b[31m\u009b2J\x7f\r é\n\tb", { hint: "remove \x07" });
  assert.equal(error.message, "a\\x1b[31m\\x9b2J\\x7f\\x0d é\n\tb");
  assert.equal(error.hint, "remove \\x07");
});
