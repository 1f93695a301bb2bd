import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildEvent } from "@tsbuild/builder";
import { createWarningList, type WarningList } from "./warnings.ts";

function warning(rule: string, line: number): BuildEvent {
  return {
    kind: "warning",
    timeMs: 0,
    rule,
    message: "it smells",
    detail: "what smells is bad",
    url: "https://example.com/smell",
    location: { file: "Dockerfile", line, column: 1, endLine: line },
  };
}

function listed(events: readonly BuildEvent[]): WarningList {
  const list = createWarningList({ name: "Dockerfile", text: "FROM a\nCMD b\n" });
  for (const event of events) list.observe(event);
  return list;
}

test("warnings: none, no word", () => {
  assert.equal(listed([]).text("short"), "");
});

test("warnings: one is told with its rule and line", () => {
  assert.equal(
    listed([warning("Smell", 2)]).text("short"),
    "\n 1 warning found (use --debug to expand):\n - Smell: it smells (line 2)\n",
  );
});

test("warnings: several stand in the order of their lines", () => {
  assert.equal(
    listed([warning("B", 2), warning("A", 1)]).text("short"),
    "\n 2 warnings found (use --debug to expand):\n - A: it smells (line 1)\n - B: it smells (line 2)\n",
  );
});

test("warnings: expanded they have their page and lines", () => {
  assert.equal(
    listed([warning("Smell", 2)]).text("expanded"),
    [
      "\n 1 warning found:",
      " - Smell: it smells (line 2)",
      "what smells is bad",
      "More info: https://example.com/smell",
      "Dockerfile:2",
      "--------------------",
      "   1 |     FROM a",
      "   2 | >>> CMD b",
      "   3 |     ",
      "--------------------",
      "\n",
    ].join("\n"),
  );
});

test("warnings: what a step warns of is no matter of the list", () => {
  assert.equal(listed([{ kind: "warning", timeMs: 0, message: "a name" }]).text("short"), "");
});
