import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeWorkshop, type Built, type Workshop } from "../testing/workshop.ts";
import type { Git, GitCheckout, GitRemote } from "./ports.ts";

const commit = (digit: string): string => digit.repeat(40);

/** A server whose refs can be moved; each commit is one file that says which it is. */
interface FakeGit extends Git {
  readonly refs: Map<string, string>;
  readonly listed: GitRemote[];
  readonly checkedOut: GitCheckout[];
}

function fakeGit(refs: Readonly<Record<string, string>>): FakeGit {
  const git: FakeGit = {
    refs: new Map(Object.entries(refs)),
    listed: [],
    checkedOut: [],
    async listRefs(remote) {
      git.listed.push(remote);
      return [...git.refs].map(([name, object]) => `${object}\t${name}\n`).join("");
    },
    async checkOut(_, checkout) {
      git.checkedOut.push(checkout);
      writeFileSync(join(checkout.directory, "commit"), checkout.object);
      return { committedSeconds: 1 };
    },
  };
  return git;
}

async function add(workshop: Workshop, git: Git, ...lines: readonly string[]): Promise<Built> {
  const secrets = { GIT_AUTH_TOKEN: () => Buffer.from("t") };
  return workshop.build(["FROM scratch", ...lines].join("\n"), { secrets }, { git });
}

test("a commit that is known is not checked out again, whatever led to it; a ref that moves is", async () => {
  await using workshop = await makeWorkshop();
  const git = fakeGit({ "refs/heads/main": commit("a"), "refs/tags/v1": commit("a") });
  await add(workshop, git, "ADD https://h/r.git#main /r");
  await add(workshop, git, "ADD https://h/r.git?tag=v1 /r");
  await add(workshop, git, `ADD https://mirror/r.git#${commit("a")} /r`);
  await add(workshop, git, `ADD --checksum=${commit("a")} https://h/r.git?fetch-by-commit /r`);
  assert.deepEqual(
    git.checkedOut.map(({ object }) => object),
    [commit("a")],
  );
  git.refs.set("refs/heads/main", commit("b"));
  await add(workshop, git, "ADD https://h/r.git#main /r");
  assert.equal(git.checkedOut.at(-1)?.object, commit("b"));
});

test("what is wanted besides the commit is in the key: the directory, submodules, the history and its ref", async () => {
  await using workshop = await makeWorkshop();
  const git = fakeGit({ "refs/heads/main": commit("a"), "refs/heads/same": commit("a") });
  const addresses = ["", "?submodules=false", "?mtime=commit", "?keep-git-dir", "?keep-git-dir&branch=same"];
  for (const round of [1, 2]) {
    for (const address of addresses) {
      const ref = address.includes("branch") ? "" : "#main";
      await add(workshop, git, `ADD https://h/r.git${address}${ref} /r`);
    }
    assert.equal(git.checkedOut.length, addresses.length, `round ${round}`);
  }
  const kept = git.checkedOut.map(({ keepGitDir, submodules, mtime, ref }) => [
    keepGitDir,
    submodules,
    mtime,
    ref,
  ]);
  assert.deepEqual(kept, [
    [false, true, "checkout", "refs/heads/main"],
    [false, false, "checkout", "refs/heads/main"],
    [false, true, "commit", "refs/heads/main"],
    [true, true, "checkout", "refs/heads/main"],
    [true, true, "checkout", "refs/heads/same"],
  ]);
});

test("what two instructions add of one repository is asked for and checked out once; its secrets go to it alone", async () => {
  await using workshop = await makeWorkshop();
  const git = fakeGit({ "refs/heads/main": commit("a") });
  await add(workshop, git, "ADD https://h/r.git#main /a", "ADD https://h/r.git#main /b");
  assert.deepEqual([git.listed.length, git.checkedOut.length], [1, 1]);
  assert.deepEqual(git.listed[0]?.authorization?.scope, "https://h/r.git");
});

test("a ref that is gone, and a directory that is not there, fail at their line", async () => {
  await using workshop = await makeWorkshop();
  const git = fakeGit({ "refs/heads/main": commit("a") });
  const location = { file: "Dockerfile", line: 3, column: 1, endLine: 3 };
  await assert.rejects(add(workshop, git, "", "ADD https://h/r.git#gone /r"), {
    code: "REF_MISSING",
    message: /repository does not contain ref gone/,
    location,
  });
  await assert.rejects(add(workshop, git, "", "ADD https://h/r.git#main:sub /r"), {
    code: "SOURCE_MISSING",
    message: "there is no directory sub in the repository",
    location,
  });
  await assert.rejects(add(workshop, git, "", "ADD git@h:r#main /r"), {
    code: "OPTION_INVALID",
    message: 'no SSH key "default" forwarded from the client',
    location,
  });
});

test("a password in an address is neither in the history nor in the name of a step", async () => {
  await using workshop = await makeWorkshop();
  const git = fakeGit({ "refs/heads/main": commit("a") });
  const { events } = await add(workshop, git, "ADD https://me:s3cret@h/r.git#main /r");
  assert.equal(JSON.stringify(events).includes("s3cret"), false);
  assert.match(JSON.stringify(events), /xxxxx:xxxxx@h/);
  assert.equal(git.listed[0]?.url, "https://me:s3cret@h/r.git");
});
