import assert from "node:assert/strict";
import { test } from "node:test";
import { plainRemote } from "./environment.ts";

/** The settings that git is given, by name. */
function settingsOf({ environment }: ReturnType<typeof plainRemote>): ReadonlyMap<string, string> {
  return new Map(
    Array.from({ length: Number(environment["GIT_CONFIG_COUNT"]) }, (_, index) => [
      environment[`GIT_CONFIG_KEY_${index}`] ?? "",
      environment[`GIT_CONFIG_VALUE_${index}`] ?? "",
    ]),
  );
}

const none = { authorization: undefined, agentSocket: undefined };

test("a user in the URL is told to git in its environment, for all of that server", () => {
  const remote = plainRemote({ url: "https://me:p%40w@h:1/r.git", ...none }, {});
  assert.equal(remote.url, "https://h:1/r.git");
  const header = `Authorization: Basic ${Buffer.from("me:p@w").toString("base64")}`;
  assert.equal(settingsOf(remote).get("http.https://h:1/.extraHeader"), header);
  assert.deepEqual(remote.secrets, ["me:p%40w", header.slice("Authorization: ".length)]);
});

test("what a build's secrets say wins over the URL, for its scope", () => {
  const authorization = { scope: "https://h/r.git", value: "Bearer t" };
  const settings = settingsOf(plainRemote({ ...none, url: "https://me@h/r.git", authorization }, {}));
  assert.equal(settings.get("http.https://h/r.git.extraHeader"), "Authorization: Bearer t");
  assert.equal(settings.get("http.https://h/.extraHeader"), undefined);
});

test("the user of ssh stays; nothing is sent along", () => {
  for (const url of ["ssh://git@h/r.git", "git@h:r.git", "git://h/r.git"]) {
    const remote = plainRemote({ url, ...none }, {});
    assert.equal(remote.url, url);
    assert.equal(
      [...settingsOf(remote).keys()].some((name) => name.startsWith("http.http")),
      false,
    );
  }
});

test("of the user's environment git sees how to reach servers, and nothing else", () => {
  const { environment } = plainRemote(
    { url: "https://h/r.git", ...none, agentSocket: "/agent" },
    {
      PATH: "/bin",
      HOME: "/home/o'user",
      https_proxy: "p",
      SSH_AUTH_SOCK: "/s",
      GIT_DIR: "/x",
      GIT_SSH_COMMAND: "evil",
      GIT_PROXY_COMMAND: "evil",
      LD_PRELOAD: "evil",
    },
  );
  const own = Object.keys(environment).filter((name) => !name.startsWith("GIT_CONFIG_"));
  assert.deepEqual(own.sort(), [
    "GIT_ALLOW_PROTOCOL",
    "GIT_ATTR_NOSYSTEM",
    "GIT_SSH_COMMAND",
    "GIT_TEMPLATE_DIR",
    "GIT_TERMINAL_PROMPT",
    "HOME",
    "LC_ALL",
    "PATH",
    "SSH_AUTH_SOCK",
    "https_proxy",
  ]);
  assert.equal(environment["HOME"], "/dev/null");
  assert.equal(environment["SSH_AUTH_SOCK"], "/agent");
  assert.match(
    environment["GIT_SSH_COMMAND"] ?? "",
    /^ssh -F \/dev\/null .*'\/home\/o'\\''user\/\.ssh\/known_hosts'$/,
  );
});
