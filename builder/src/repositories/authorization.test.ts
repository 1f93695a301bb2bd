import assert from "node:assert/strict";
import { test } from "node:test";
import { repositoryAuthorization } from "./authorization.ts";

const url = "https://me:pw@h:8443/a/r.git";
const scope = "https://h:8443/a/r.git";
const secret = (text: string) => () => Buffer.from(text);
const basic = (token: string): string => `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;

test("the header of the host comes first, then its token, then those for every host", () => {
  const all = {
    "GIT_AUTH_HEADER.h:8443": secret("Bearer host\n"),
    "GIT_AUTH_TOKEN.h:8443": secret("host-token\n"),
    GIT_AUTH_HEADER: secret("Bearer any"),
    GIT_AUTH_TOKEN: secret("any-token"),
  };
  const values: (string | undefined)[] = [];
  const left: Record<string, () => Uint8Array> = { ...all };
  for (const name of [...Object.keys(all), "none"]) {
    values.push(repositoryAuthorization(url, left)?.value);
    delete left[name];
  }
  assert.deepEqual(values, ["Bearer host", basic("host-token"), "Bearer any", basic("any-token"), undefined]);
});

test("a secret goes to the repository alone, on GitHub to all of it, and to no other protocol", () => {
  const secrets = { GIT_AUTH_TOKEN: secret("t") };
  assert.equal(repositoryAuthorization(url, secrets)?.scope, scope);
  assert.equal(repositoryAuthorization("https://github.com/a/b.git", secrets)?.scope, "https://github.com/");
  assert.equal(
    repositoryAuthorization("https://github.com.evil/a.git", secrets)?.scope,
    "https://github.com.evil/a.git",
  );
  assert.equal(repositoryAuthorization("git@github.com:a/b.git", secrets), undefined);
  assert.equal(repositoryAuthorization("ssh://h/a.git", secrets), undefined);
});
