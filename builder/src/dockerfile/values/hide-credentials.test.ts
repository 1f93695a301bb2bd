import assert from "node:assert/strict";
import { test } from "node:test";
import { hideCredentials } from "./hide-credentials.ts";

for (const [name, text, shown] of [
  ["user and password", "ADD https://me:pw@h/x.git#v1 /a", "ADD https://xxxxx:xxxxx@h/x.git#v1 /a"],
  ["a token as user", "ADD HTTP://t0ken@h/x /a", "ADD HTTP://xxxxx@h/x /a"],
  ["each of several", "https://a:b@h http://c@h", "https://xxxxx:xxxxx@h http://xxxxx@h"],
  ["the user of ssh", "ssh://git@h/x", "ssh://git@h/x"],
  ["a password for ssh", "ssh://git:pw@h/x", "ssh://xxxxx:xxxxx@h/x"],
  ["an @ in the path", "https://h/x@v1 git@h:x", "https://h/x@v1 git@h:x"],
] as const)
  test(`${name}: ${text} is shown as ${shown}`, () => assert.equal(hideCredentials(text), shown));
