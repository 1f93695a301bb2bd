import assert from "node:assert/strict";
import { test } from "node:test";
import { printDockerfile } from "./print.ts";
import { readSource } from "./scan/lines.ts";
import { scan } from "./scan/scan.ts";

function print(text: string): string {
  return printDockerfile(scan(readSource("Dockerfile", text)));
}

test("an instruction becomes one line, its heredocs below and what describes it above", () => {
  const text = "# escape=`\n# about\n\nFROM a\n  RUN b `\n  # c\n  d\nCOPY <<E /e\n  f\nE\n";
  assert.equal(print(text), "# escape=`\n\n# about\nFROM a\nRUN b   d\nCOPY <<E /e\n  f\nE\n");
});

test("what no single line may hold keeps its breaks, less blank ones at the end", () => {
  const words = Array.from({ length: 20_000 }, (_, index) => `A${index}=1`);
  const printed = print(`FROM a\nENV ${words.join(" \\\n")} \\\n  \\\n \n`);
  assert.ok(printed === `\nFROM a\nENV ${words.join(" \\\n")} \n`);
  assert.ok(print(printed) === printed);
});

test("blanks at the end of a trigger stay", () => {
  assert.equal(print("FROM a\nONBUILD COPY b  \n"), "\nFROM a\nONBUILD COPY b  \n");
});

test("blanks behind a continuation that says nothing go", () => {
  assert.equal(print("FROM a\n\\\n CMD b\n"), "\nFROM a\nCMD b\n");
});

test("a carriage return that ends no line stays", () => {
  const printed = print("FROM a\nRUN b \\\r\\");
  assert.equal(printed, "\nFROM a\nRUN b \\\r\\\n");
  assert.equal(print(printed), printed);
});

test("an escape character at the end of the file stays behind another", () => {
  const printed = print("FROM a\nRUN b \\ \\");
  assert.equal(printed, "\nFROM a\nRUN b \\ \\\n");
  assert.equal(print(printed), printed);
});

test("a syntax directive that nobody looks for is still none", () => {
  assert.equal(print(" # syntax=x\nFROM a\n"), " # syntax=x\n\nFROM a\n");
});

test("a no-break space behind an escape character keeps it from joining lines", () => {
  assert.equal(print("FROM a\nRUN b \\\u00a0\nRUN c\n"), "\nFROM a\nRUN b \\\u00a0\nRUN c\n");
});

test("a comment as long as a line may be is printed no longer", () => {
  const text = `#${"x".repeat(65_534)}\nFROM a\n`;
  assert.equal(print(text), `\n${text}`);
});
