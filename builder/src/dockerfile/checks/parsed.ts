import type { ParsedFile } from "../parse.ts";
import type { Dockerfile } from "../stages.ts";
import { checkConsistentInstructionCasing } from "./consistent-instruction-casing.ts";
import { checkDuplicateStageName } from "./duplicate-stage-name.ts";
import { checkFromAsCasing } from "./from-as-casing.ts";
import { checkInvalidDefinitionDescription } from "./invalid-definition-description.ts";
import { checkMaintainerDeprecated } from "./maintainer-deprecated.ts";
import { checkNoEmptyContinuation } from "./no-empty-continuation.ts";
import { checkReservedStageName } from "./reserved-stage-name.ts";
import type { Report } from "./rule.ts";
import { checkStageNameCasing } from "./stage-name-casing.ts";

/** The checks that need each instruction alone: they run on a file with errors too. */
export function checkInstructions({ scanned, instructions }: ParsedFile, report: Report): void {
  for (const instruction of scanned.instructions) checkNoEmptyContinuation(instruction, report);
  for (const instruction of instructions) {
    checkStageNameCasing(instruction, report);
    checkFromAsCasing(instruction, report);
    checkMaintainerDeprecated(instruction, report);
    checkInvalidDefinitionDescription(instruction, report);
  }
}

/** The checks that look at all stages, whether they are built or not. */
export function checkStages(file: Dockerfile, report: Report): void {
  checkDuplicateStageName(file, report);
  checkReservedStageName(file, report);
  checkConsistentInstructionCasing(file, report);
}
