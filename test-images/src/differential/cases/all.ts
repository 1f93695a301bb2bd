import type { DifferentialCase } from "../case.ts";
import { addCases } from "./add.ts";
import { configCases } from "./config.ts";
import { copyCases } from "./copy.ts";
import { fileCases } from "./files.ts";
import { linkCases } from "./links.ts";
import { refusedCases } from "./refused.ts";
import { runCases } from "./run.ts";
import { stageCases } from "./stages.ts";
import { userCases } from "./users.ts";
import { variableCases } from "./variables.ts";

/** Every case. */
export const cases: readonly DifferentialCase[] = [
  ...copyCases,
  ...linkCases,
  ...addCases,
  ...fileCases,
  ...runCases,
  ...userCases,
  ...configCases,
  ...variableCases,
  ...stageCases,
  ...refusedCases,
];
