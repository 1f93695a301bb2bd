import assert from "node:assert/strict";
import { test } from "node:test";
import { parseGitReference } from "../dockerfile/values/git-source.ts";
import { commitByName, findRef, type FoundCommit, namesToList } from "./find-ref.ts";
import { type Repository, wantedRepository } from "./wanted.ts";

const name = (digit: string): string => digit.repeat(40);
const listing = [
  `ref: refs/heads/trunk\tHEAD`,
  `${name("1")}\tHEAD`,
  `${name("1")}\trefs/heads/trunk`,
  `${name("2")}\trefs/heads/both`,
  `${name("3")}\trefs/tags/both`,
  `${name("4")}\trefs/tags/light`,
  `${name("5")}\trefs/tags/annotated`,
  `${name("6")}\trefs/tags/annotated^{}`,
  `${name("7")}\trefs/pull/1/head`,
  `${name("8")}\trefs/heads/deep/trunk`,
  `not-hex\trefs/heads/broken`,
  "",
].join("\n");

function wanted(rest: string): Repository {
  const git = parseGitReference(`https://h/r.git${rest}`);
  assert.ok(git);
  return wantedRepository(git);
}

function found(object: string, ref: string | undefined, commit = object): FoundCommit {
  return { object: name(object), commit: name(commit), ref };
}

for (const [rest, expected] of [
  ["", found("1", "refs/heads/trunk")],
  ["#trunk", found("1", "refs/heads/trunk")],
  ["#both", found("2", "refs/heads/both")],
  ["?tag=both", found("3", "refs/tags/both")],
  ["#tags/both", found("3", "refs/tags/both")],
  ["#light", found("4", "refs/tags/light")],
  ["#annotated", found("5", "refs/tags/annotated", "6")],
  ["#pull/1/head", found("7", "refs/pull/1/head")],
  [`?ref=annotated&checksum=${"5".repeat(7)}`, found("5", "refs/tags/annotated", "6")],
  [`?ref=annotated&checksum=${"6".repeat(7)}`, found("5", "refs/tags/annotated", "6")],
  [`?checksum=${name("1").toUpperCase().slice(0, 4)}`, found("1", "refs/heads/trunk")],
] as const)
  test(`r.git${rest} is ${expected.ref}`, () => assert.deepEqual(findRef(wanted(rest), listing), expected));

for (const [rest, code, says] of [
  ["#nowhere", "REF_MISSING", /^repository does not contain ref nowhere, output: /],
  ["#head", "REF_MISSING", /ref head/],
  ["#broken", "REF_MISSING", /ref broken/],
  ["?branch=light", "REF_MISSING", /ref refs\/heads\/light/],
  [`#${name("1").slice(1)}`, "REF_MISSING", /ref 1/],
  ["?ref=light&checksum=5", "CHECKSUM_MISMATCH", /^expected checksum to match 5, got 4{40}$/],
  ["?ref=annotated&checksum=4", "CHECKSUM_MISMATCH", /^expected checksum to match 4, got 5{40} or 6{40}$/],
] as const)
  test(`r.git${rest} is not there: ${code}`, () =>
    assert.throws(() => findRef(wanted(rest), listing), { code, message: says }));

test("a server without a HEAD has no default", () => {
  assert.throws(() => findRef(wanted(""), `${name("1")}\trefs/heads/trunk\n`), {
    message: /does not contain ref HEAD/,
  });
  // Detached: a commit without a name.
  assert.deepEqual(findRef(wanted(""), `${name("1")}\tHEAD\n`), found("1", undefined));
});

test("all digits of a commit need no server, with either length; fetch-by-commit names its branch", () => {
  assert.deepEqual(commitByName(wanted(`#${name("a")}`)), found("a", undefined));
  assert.equal(commitByName(wanted(`#${"a".repeat(64)}`))?.object, "a".repeat(64));
  assert.equal(commitByName(wanted(`#${name("a").slice(1)}`)), undefined);
  assert.equal(commitByName(wanted(`?checksum=${name("a")}`)), undefined);
  const byCommit = `?fetch-by-commit&checksum=${name("a")}`;
  assert.deepEqual(commitByName(wanted(byCommit)), found("a", undefined));
  assert.deepEqual(commitByName(wanted(`${byCommit}#b`)), found("a", "refs/heads/b"));
  assert.deepEqual(commitByName(wanted(`${byCommit}&tag=t`)), found("a", "refs/tags/t"));
  assert.throws(() => commitByName(wanted(`?checksum=bb#${name("a")}`)), { code: "CHECKSUM_MISMATCH" });
});

test("a tag is asked for with the commit behind it", () => {
  assert.deepEqual(namesToList(wanted("#v1")), ["v1", "v1^{}"]);
  assert.deepEqual(namesToList(wanted("")), ["HEAD"]);
});
