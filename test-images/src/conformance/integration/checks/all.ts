import type { HandChecks } from "../hand-check.ts";
import { addChecks } from "./add.ts";
import { cacheChecks } from "./cache.ts";
import { callChecks } from "./calls.ts";
import { configChecks } from "./config.ts";
import { contextChecks } from "./contexts.ts";
import { fileChecks } from "./files.ts";
import { gitChecks } from "./git.ts";
import { heredocChecks } from "./heredoc.ts";
import { historyChecks } from "./history.ts";
import { programMadeChecks } from "./program-made.ts";
import { runChecks } from "./run.ts";
import { sourceMapChecks } from "./source-map.ts";

/** Every check that is written by hand, by test and build. */
export const handChecks: HandChecks = {
  ...addChecks,
  ...cacheChecks,
  ...callChecks,
  ...configChecks,
  ...contextChecks,
  ...fileChecks,
  ...gitChecks,
  ...heredocChecks,
  ...historyChecks,
  ...programMadeChecks,
  ...runChecks,
  ...sourceMapChecks,
};
