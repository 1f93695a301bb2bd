import type { HistoryEntry, Platform } from "@tsbuild/layers";
import type { Report } from "../../dockerfile/checks/rule.ts";
import { checkUndefinedVar } from "../../dockerfile/checks/undefined-var.ts";
import { type Expansion, expand } from "../../dockerfile/expand/expand.ts";
import { Problem } from "../../dockerfile/problem.ts";
import type { FromInstruction, Instruction } from "../../dockerfile/instruction.ts";
import type { Token } from "../../dockerfile/place.ts";
import type { Dockerfile } from "../../dockerfile/stages.ts";
import type { SourceSpan } from "../step.ts";
import { atInstruction } from "./fault.ts";
import type { LowerOptions } from "../options.ts";
import type { StageState } from "./stage-state.ts";
import { shownText, stepName } from "./step-name.ts";
import type { Problems } from "./problems.ts";
import type { StepList } from "./steps.ts";
import { checkSize, setVariable, type Variables } from "./variables.ts";

/** What is the same for all commands of one lowering. */
export interface LowerScope {
  readonly dockerfile: Dockerfile;
  readonly options: LowerOptions;
  readonly steps: StepList;
  /** The global ARGs and platform variables. */
  readonly variables: Variables;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly proxyEnvironment: readonly string[];
  readonly targetPlatform: Platform;
  readonly budget: Budget;
  readonly problems: Problems;
  readonly report: Report;
}

/** How much work is left: `spend` refuses files that are made to grow without end. */
export interface Budget {
  /** @throws Problem */
  spend(units: number): void;
}

export function createBudget(units: number): Budget {
  let left = units;
  return {
    spend: (spent) => {
      left -= spent;
      if (left < 0)
        throw new Problem("this Dockerfile expands to too much text", {
          hint: "look for variables that are used in themselves, and for thousands of ARGs before a RUN",
          isLimit: true,
        });
    },
  };
}

/** One instruction being lowered in its stage. */
export interface CommandContext<Kind extends Instruction = Exclude<Instruction, FromInstruction>> {
  readonly state: StageState;
  readonly scope: LowerScope;
  readonly instruction: Kind;
  /** What its `from`s mean. */
  readonly sources: readonly StageState[];
  readonly isTrigger: boolean;
  readonly platform: Platform;
  readonly span: SourceSpan;
}

const needsExpansion = /[$'"\\`\ufeff]/;

/** Expands a word with the variables of the stage as they were before the instruction. */
export function expandWord(
  context: CommandContext,
  text: string,
  token: Token = context.instruction.scanned.rest,
): string {
  if (!needsExpansion.test(text)) return text;
  const { escape, source } = context.scope.dockerfile;
  const expanded = atInstruction(source.file, context.instruction.scanned, token, () =>
    expand(text, context.state.variables, { escape }),
  );
  noteUnset(context, expanded);
  context.scope.budget.spend(expanded.text.length);
  return expanded.text;
}

/** Reports variables that no one has set. */
export function noteUnset({ state, scope, instruction }: CommandContext, { unmatched }: Expansion): void {
  if (unmatched.size === 0) return;
  const declared = (name: string): boolean => state.declared.has(name) || notVariables.has(name);
  checkUndefinedVar(instruction, { unmatched, declared, known: state.variables }, scope.report);
}

/** ARGs that tell BuildKit something and are no variables of a RUN. */
export const notVariables: ReadonlySet<string> = new Set([
  "BUILDKIT_SBOM_SCAN_CONTEXT",
  "BUILDKIT_SBOM_SCAN_STAGE",
]);

/** Names the step of an instruction and counts it. `suffix` follows the instruction's own text. */
export function nameStep(
  context: CommandContext,
  {
    style = "plain",
    suffix = "",
    hidden = [],
  }: {
    readonly style?: "plain" | "script";
    readonly suffix?: string;
    /** Variables that are shown as `****`. */
    readonly hidden?: readonly string[];
  } = {},
): string {
  const { state, scope, instruction } = context;
  let variables: ReadonlyMap<string, string> = state.variables;
  if (hidden.length > 0)
    variables = new Map([...variables, ...hidden.map((name) => [name, "****"] as const)]);
  const text = shownText(instruction.scanned.text, variables, {
    escape: scope.dockerfile.escape,
    style,
    suffix,
  });
  scope.budget.spend(text.length);
  return stepName(state, text, {
    platform: context.platform,
    isMultiPlatform: scope.options.isMultiPlatform ?? false,
    isTrigger: context.isTrigger,
  });
}

const historyComment = "buildkit.dockerfile.v0";

/** Adds the history entry of an instruction. @throws Problem when all together become too much. */
export function commit({ state, scope }: CommandContext, text: string, gives: "layer" | "metadata"): void {
  scope.budget.spend(text.length);
  const entry: HistoryEntry = { created_by: text, comment: historyComment };
  state.history.push(gives === "layer" ? entry : { ...entry, empty_layer: true });
}

/** Sets a variable of the stage. @throws Problem when all together become too large. */
export function setStageVariable(state: StageState, name: string, value: string): void {
  const before = state.variables.get(name);
  state.variableCharacters += value.length - (before?.length ?? -name.length);
  checkSize(state.variableCharacters);
  setVariable(state.variables, name, value);
  state.environment = undefined;
}
