import { TsbuildError } from "@tsbuild/runner-native";
import { parsePlatform, type Platform } from "@tsbuild/layers";
import { mountFrom } from "../../dockerfile/values/mount.ts";
import { checkUndefinedArgInFrom } from "../../dockerfile/checks/undefined-arg-in-from.ts";
import { type Expansion, expand } from "../../dockerfile/expand/expand.ts";
import { flagToken } from "../../dockerfile/flags.ts";
import type { FromInstruction, Instruction } from "../../dockerfile/instruction.ts";
import { Problem } from "../../dockerfile/problem.ts";
import { quote } from "../../dockerfile/expand/quote.ts";
import type { ScannedInstruction } from "../../dockerfile/scan/scan.ts";
import type { Dockerfile, Stage } from "../../dockerfile/stages.ts";
import { didYouMean } from "../../dockerfile/suggest.ts";
import { builderError } from "../../errors.ts";
import { findContext } from "./context-steps.ts";
import { atInstruction, faultAt } from "./fault.ts";
import { checkPlatformFlag } from "./from-checks.ts";
import type { LowerOptions } from "../options.ts";
import { createProblems } from "./problems.ts";
import { type Command, createStage, type StageState } from "./stage-state.ts";

/** The stages of a Dockerfile by position and name, and the images that its `from`s name. */
export interface StageSet {
  readonly file: string;
  readonly stages: StageState[];
  readonly byName: Map<string, StageState>;
  readonly targetPlatform: StageState["platform"] & object;
}

/** Makes the stages: bases and platforms expanded, each linked to the earlier stage it starts from. */
export function createStageSet(
  dockerfile: Dockerfile,
  variables: ReadonlyMap<string, string>,
  options: LowerOptions,
): StageSet {
  const targetPlatform = options.targetPlatform ?? options.buildPlatform;
  const set: StageSet = { file: dockerfile.source.file, stages: [], byName: new Map(), targetPlatform };
  const report = options.checks?.report ?? (() => undefined);
  const declared = new Set([
    ...variables.keys(),
    ...dockerfile.globalArgs.flatMap(({ args }) => args.map(({ name }) => name)),
  ]);
  const problems = createProblems();
  for (const [index, stage] of dockerfile.stages.entries())
    problems.attempt(() => {
      const { from } = stage;
      const expanded = (text: string): Expansion => {
        const expansion = expand(text, variables, { escape: dockerfile.escape });
        checkUndefinedArgInFrom(from, { unmatched: expansion.unmatched, declared }, report);
        return expansion;
      };
      const state = stageOf(stage, index, { set, expanded, options, variables });
      addStage(set, state);
      replaceByContext(state, options, targetPlatform);
      const hasOwnBase = state.baseName !== "scratch" && state.base === undefined;
      state.commandTotal = countCommands(stage) + (hasOwnBase ? 1 : 0);
    });
  problems.settle();
  return set;
}

interface StageGiven {
  readonly set: StageSet;
  readonly expanded: (text: string) => Expansion;
  readonly options: LowerOptions;
  readonly variables: ReadonlyMap<string, string>;
}

function stageOf(stage: Stage, index: number, given: StageGiven): StageState {
  const { from } = stage;
  const { file, targetPlatform } = given.set;
  const baseName = atInstruction(file, from.scanned, from.base, () => expandedBase(from, given.expanded));
  const platform = atInstruction(file, from.scanned, from.scanned.flags[0], () => platformOf(from, given));
  const name = from.stageName ?? `stage-${index}`;
  return createStage({ stage, baseName, name, scanned: from.scanned, platform, targetPlatform });
}

function expandedBase(from: FromInstruction, expanded: (text: string) => Expansion): string {
  const name = expanded(from.base.text).text;
  if (name === "")
    throw new Problem(`base name (${from.base.text}) should not be blank`, {
      hint: "give the ARG a default before the FROM, or pass it with --build-arg",
    });
  return name;
}

function platformOf(from: FromInstruction, given: StageGiven): StageState["platform"] {
  if (from.platform === undefined) return undefined;
  const expansion = given.expanded(from.platform);
  const { text } = expansion;
  checkPlatformFlag(from, expansion, given);
  const guess = (): string => {
    const name = /\$\{?(\w+)/.exec(from.platform ?? "")?.[1];
    return name === undefined || given.variables.has(name) ? "" : didYouMean(name, given.variables.keys());
  };
  if (text === "") throw new Problem(`empty platform value from expression ${from.platform}${guess()}`);
  try {
    return parsePlatform(text, given.options.buildPlatform);
  } catch (error) {
    if (!(error instanceof TsbuildError)) throw error;
    throw new Problem(`failed to parse platform ${from.platform}: ${error.message}${guess()}`, {
      hint: error.hint,
    });
  }
}

/** A named context of the stage's name stands in for it. */
function replaceByContext(state: StageState, { contexts }: LowerOptions, targetPlatform: Platform): void {
  const name = state.stage?.from.stageName;
  if (name === undefined) return;
  state.replacement = findContext(contexts, name, state.platform ?? targetPlatform);
  if (state.replacement !== undefined) state.base = undefined;
}

function countCommands(stage: Stage): number {
  const counted: ReadonlySet<string> = new Set(["add", "copy", "run", "workdir"]);
  return stage.instructions.filter(({ kind }) => counted.has(kind)).length;
}

/** Adds a stage; its base is the latest stage of that name so far. Names in FROM are not folded. */
function addStage(set: StageSet, state: StageState): void {
  set.stages.push(state);
  state.base = set.byName.get(state.baseName);
  const name = state.stage?.from.stageName;
  if (name !== undefined) set.byName.set(name, state);
}

/** @throws TARGET_UNKNOWN */
export function findTarget(set: StageSet, target: string | undefined): StageState {
  const found =
    target === undefined || target === "" ? set.stages.at(-1) : set.byName.get(target.toLowerCase());
  if (found !== undefined) return found;
  const name = target ?? "";
  const names = [...set.byName.keys()];
  throw builderError(
    "TARGET_UNKNOWN",
    `target stage ${quote(name)} could not be found${didYouMean(name, names, { ignoreCase: true })}`,
    { hint: names.length === 0 ? "no stage of this Dockerfile has a name" : `stages: ${names.join(", ")}` },
  );
}

/** Links the commands of all stages to what their `from`s mean. */
export function linkCommands(set: StageSet): void {
  const problems = createProblems();
  // Images that are met are added at the end and have no commands.
  for (const state of set.stages)
    if (state.replacement === undefined)
      for (const instruction of state.stage?.instructions ?? [])
        problems.attempt(() => {
          state.commands.push(linkCommand(set, state, { instruction, isTrigger: false }));
        });
  problems.settle();
}

/** Links one command of a stage and notes what the stage now depends on. */
export function linkCommand(
  set: StageSet,
  state: StageState,
  { instruction, isTrigger }: Pick<Command, "instruction" | "isTrigger">,
): Command {
  const sources = sourcesOf(set, instruction);
  for (const source of sources)
    if (!state.dependencies.has(source)) state.dependencies.set(source, instruction.scanned);
  return { instruction, sources, isTrigger };
}

function sourcesOf(set: StageSet, instruction: Exclude<Instruction, FromInstruction>): readonly StageState[] {
  if (instruction.kind === "copy" && instruction.from !== "") {
    const token = flagToken(instruction.scanned, "from");
    if (/\$./.test(instruction.from))
      throw faultAt(
        set.file,
        instruction.scanned,
        "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
        { token, hint: `write FROM ${instruction.from} AS name in front, and --from=name here` },
      );
    const index = /^[+-]?\d+$/.test(instruction.from) ? Number(instruction.from) : undefined;
    if (index === undefined) return [stageOrImage(set, instruction.from, instruction.scanned)];
    const stage = set.stages[index];
    if (stage === undefined || index < 0)
      throw faultAt(set.file, instruction.scanned, `invalid stage index ${index}`, {
        token,
        hint: `the first stage is 0, the last ${set.stages.filter(({ stage: known }) => known !== undefined).length - 1}`,
      });
    return [stage];
  }
  if (instruction.kind === "run")
    // A mount without `from` counts as one from scratch, which gives a lone stage its name in step names.
    return instruction.mounts.map((mount) =>
      stageOrImage(set, mountFrom(mount) || "scratch", instruction.scanned),
    );
  return [];
}

/** A stage by name, else an image or named context of that name. */
function stageOrImage(set: StageSet, name: string, scanned: ScannedInstruction): StageState {
  const found = set.byName.get(name.toLowerCase());
  if (found !== undefined) return found;
  const { targetPlatform } = set;
  const image = createStage({
    stage: undefined,
    baseName: name,
    name: "",
    scanned,
    platform: undefined,
    targetPlatform,
  });
  addStage(set, image);
  return image;
}

/** @throws STAGE_CYCLE */
export function refuseCycles(set: StageSet): void {
  const finished = new Set<StageState>();
  for (const start of set.stages) {
    const path: { readonly state: StageState; readonly next: Iterator<[StageState, ScannedInstruction]> }[] =
      [];
    const open = new Set<StageState>();
    const enter = (state: StageState): void => {
      path.push({ state, next: state.dependencies.entries() });
      open.add(state);
    };
    if (!finished.has(start)) enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const step = top.next.next();
      if (step.done === true) {
        finished.add(top.state);
        open.delete(top.state);
        path.pop();
        continue;
      }
      const [dependency, scanned] = step.value;
      if (open.has(dependency))
        throw faultAt(set.file, scanned, `circular dependency detected on stage: ${start.name}`, {
          code: "STAGE_CYCLE",
          hint: "a stage can use only what stands above it",
        });
      if (!finished.has(dependency)) enter(dependency);
    }
  }
}
