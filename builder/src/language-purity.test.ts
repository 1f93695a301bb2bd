import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..", "..");
const page = readFileSync(join(root, "docs", "dockerfile.md"), "utf8");
const examples = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) => code);

/** Behind all imports, before the first call: from here on each function of node:fs fails. */
const withoutFiles = `
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
for (const name of Object.keys(fs))
  if (typeof fs[name] === "function" && !/^[A-Z]/.test(name)) fs[name] = () => { throw new Error("node:fs " + name + " was called"); };
syncBuiltinESMExports();
`;

/** Runs code that may read the modules and nothing else: no other file, no process, no thread, no addon. */
function runConfined(code: string): string {
  const allowed = ["--permission", `--allow-fs-read=${root}`];
  const options = [...allowed, "--input-type=module-typescript", "--eval", code];
  return execFileSync(process.execPath, options, { cwd: root, encoding: "utf8", stdio: "pipe" });
}

assert.ok(examples.length >= 3, "the page has examples");
for (const [index, code] of examples.entries())
  test(`example ${index + 1} of docs/dockerfile.md holds and touches no file`, () => {
    runConfined(withoutFiles + code);
  });

test("a call that touched a file would be seen", () => {
  const read = `import { readFileSync } from "node:fs"; readFileSync("package.json");`;
  assert.throws(() => runConfined(withoutFiles + read), /node:fs readFileSync was called/);
  assert.throws(
    () => runConfined(`import { readFileSync } from "node:fs"; readFileSync("/etc/passwd");`),
    /denied/i,
  );
});
