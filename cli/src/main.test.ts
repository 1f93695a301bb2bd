import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "./main.ts";
import type { Terminal } from "./terminal.ts";

async function printed(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const terminal: Terminal = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    outBytes: async () => {},
    env: {},
    cwd: "/nowhere",
    isTty: false,
    isOutTty: false,
    columns: 80,
    stdin: async function* () {},
    signal: new AbortController().signal,
  };
  const code = await main(args, terminal);
  return { code, out, err };
}

for (const [name, args, want] of [
  ["a command by its name", ["images", "--help"], /^Usage: tsbuild images/],
  ["--root before the command", ["--root", "/s", "images", "--help"], /^Usage: tsbuild images/],
  ["--root= before the command", ["--root=/s", "rmi", "--help"], /^Usage: tsbuild rmi/],
  ["options alone are a build", ["--root", "/s", "-t", "app", "--help"], /^Usage: tsbuild build/],
  ["a path is a context to build", ["./app", "--help"], /^Usage: tsbuild build/],
  ["help of a command", ["help", "pull"], /^Usage: tsbuild pull/],
] as const) {
  test(`main: ${name}`, async () => {
    const { code, out } = await printed(args);
    assert.match(out, want);
    assert.equal(code, 0);
  });
}

for (const [name, args, want] of [
  [
    "a misspelt command is no context",
    ["imges"],
    /unknown command "imges"\nHINT: did you mean tsbuild images\?/,
  ],
  ["not behind --root either", ["--root", "/s", "imges"], /unknown command "imges"/],
] as const) {
  test(`main refuses: ${name}`, async () => {
    const { code, err } = await printed(args);
    assert.match(err, want);
    assert.equal(code, 2);
  });
}
