import { parseTrigger } from "../../dockerfile/parse.ts";
import { rangeOf } from "../../dockerfile/place.ts";
import { Problem } from "../../dockerfile/problem.ts";
import type { Dockerfile } from "../../dockerfile/stages.ts";
import { configOf, defaultPath, setImageVariable, variableName } from "../../image/image-draft.ts";
import { maxLoweringWork } from "../../limits.ts";
import { type BaseOptions, resolveBases } from "./bases.ts";
import { type Epoch, epochOf, epochVariable } from "./epoch.ts";
import { atInstruction } from "./fault.ts";
import { createBudget, type LowerScope, setStageVariable } from "./command-context.ts";
import { lowerCommand } from "./command.ts";
import type { BaseLookup, LowerOptions, Lowered } from "../options.ts";
import {
  createStageSet,
  findTarget,
  linkCommand,
  linkCommands,
  refuseCycles,
  type StageSet,
} from "./stage-set.ts";
import { inherit, reachableFrom, type StageState } from "./stage-state.ts";
import type { BuildGraph } from "../step.ts";
import { checkDefaultBases } from "./from-checks.ts";
import { createProblems } from "./problems.ts";
import { createStepList } from "./steps.ts";
import { checkSyntax } from "./syntax.ts";
import {
  globalVariables,
  platformVariables,
  proxyEnvironment,
  setVariable,
  type Variables,
} from "./variables.ts";
import { joinWorkdir } from "../../dockerfile/values/clean-path.ts";

/**
 * Turns a Dockerfile into the graph of what its target needs: pure, no file is read. Images whose config `lookup`
 * does not give are asked for; call again when they are known (ONBUILD triggers may then ask for more).
 * @throws DOCKERFILE_INVALID, DOCKERFILE_UNSUPPORTED, TARGET_UNKNOWN, STAGE_CYCLE with the place.
 */
export function lower(dockerfile: Dockerfile, options: LowerOptions, lookup: BaseLookup): Lowered {
  const lowered = lowerStages(dockerfile, options, lookup);
  if (lowered.kind === "needs") return lowered;
  return { kind: "graph", graph: lowered.graph };
}

/** The target's stage with everything it needs, lowered, or the images to resolve first. */
export type LoweredStages =
  | Extract<Lowered, { kind: "needs" }>
  | {
      readonly kind: "stages";
      readonly target: StageState;
      readonly scope: LowerScope;
      readonly graph: BuildGraph;
    };

/** As `lower`, with the stages that gave the graph. */
export function lowerStages(
  dockerfile: Dockerfile,
  options: LowerOptions,
  lookup: BaseLookup,
): LoweredStages {
  const given = options.buildArgs ?? {};
  checkSyntax(dockerfile, given);
  const report = options.checks?.report ?? ignoreReport;
  const targetPlatform = options.targetPlatform ?? options.buildPlatform;
  const lastStage = dockerfile.stages.at(-1)?.from.stageName ?? "";
  const targetStage = options.target === undefined || options.target === "" ? lastStage : options.target;
  const platform = platformVariables({ ...options, targetPlatform, targetStage, buildArgs: given });
  checkDefaultBases(dockerfile, platform, report);
  const variables = globalVariables(dockerfile, platform, given);
  const epoch = epochOf({ dockerfile, variables, options });
  const buildArgs = withEpoch(epoch, variables, given);
  const set = createStageSet(dockerfile, variables, options);
  const target = findTarget(set, options.target);
  linkCommands(set);
  refuseCycles(set);
  const [only] = set.stages;
  if (set.stages.length === 1 && only !== undefined) only.name = "";
  const steps = createStepList();
  const bases: BaseOptions = { file: set.file, steps, options, lookup, stages: set.stages };
  const needs = resolveReachable(set, target, bases);
  const times = epoch.kind === "needs" ? [epoch.time] : [];
  if (needs.length + times.length > 0) return { kind: "needs", images: needs, times };
  const scope: LowerScope = {
    dockerfile,
    options,
    steps,
    variables,
    buildArgs,
    proxyEnvironment: proxyEnvironment(buildArgs),
    targetPlatform,
    budget: createBudget(maxLoweringWork),
    problems: createProblems(),
    report,
  };
  const wanted = wantedStages(set, target, options);
  for (const state of set.stages) if (wanted.has(state) && !state.isDone) lowerStage(state, scope);
  scope.problems.settle();
  return { kind: "stages", target, scope, graph: finish(target, scope, secondsOf(epoch)) };
}

/** Whatever SOURCE_DATE_EPOCH was given as, stages see a number, or nothing where there is no time. */
function withEpoch(epoch: Epoch, variables: Variables, buildArgs: BuildArgs): BuildArgs {
  if (epoch.kind !== "set") return buildArgs;
  const text = epoch.seconds === undefined ? "" : String(epoch.seconds);
  if (epoch.given === "argument") return { ...buildArgs, [epochVariable]: text };
  setVariable(variables, epochVariable, text);
  return buildArgs;
}

type BuildArgs = Readonly<Record<string, string>>;

function secondsOf(epoch: Epoch): number | undefined {
  return epoch.kind === "set" ? epoch.seconds : undefined;
}

function ignoreReport(): void {}

/** What the target needs, or everything when all stages are to be checked. */
function wantedStages(set: StageSet, target: StageState, options: LowerOptions): ReadonlySet<StageState> {
  return options.checks?.allStages === true ? new Set(set.stages) : reachableFrom(target);
}

/** Resolves bases and adds the triggers of ONBUILD, which may need further images, until nothing is new. */
function resolveReachable(
  set: StageSet,
  target: StageState,
  bases: BaseOptions,
): ReturnType<typeof resolveBases> {
  for (;;) {
    const wanted = wantedStages(set, target, bases.options);
    const ordered = set.stages.filter((state) => wanted.has(state));
    const needs = resolveBases(ordered, bases);
    const grown = ordered.filter((state) => addTriggers(set, state)).length > 0;
    if (grown) refuseCycles(set);
    else if (needs.length > 0 || ordered.every(({ base, isResolved }) => isResolved || base !== undefined))
      return needs;
  }
}

/** Puts the ONBUILD triggers of the base in front of a stage's commands; true when they name new sources. */
function addTriggers(set: StageSet, state: StageState): boolean {
  const base = state.base;
  const isKnown = base === undefined ? state.isResolved : true;
  if (state.hasTriggers || !isKnown || state.stage === undefined) return false;
  state.hasTriggers = true;
  if (state.replacement !== undefined) {
    state.image.onBuild = [];
    return false;
  }
  const stored =
    base === undefined
      ? state.image.onBuild
      : base.commands.flatMap(({ instruction }) =>
          instruction.kind === "onbuild" ? [instruction.trigger] : [],
        );
  state.image.onBuild = [];
  const commands = stored.map((trigger) =>
    atInstruction(set.file, state.scanned, undefined, () => {
      const instruction = parseTrigger(set.file, trigger);
      if (instruction.kind === "from") throw new Problem("FROM isn't allowed as an ONBUILD trigger");
      // A trigger has no line of its own: it is shown at the FROM that pulled it in.
      const { segments, text, startLine, endLine } = state.scanned;
      const shownAt = rangeOf(segments, 0, text.length);
      const scanned = { ...instruction.scanned, segments: [], shownAt, startLine, endLine };
      return linkCommand(set, state, { instruction: { ...instruction, scanned }, isTrigger: true });
    }),
  );
  state.commands = [...commands, ...state.commands];
  state.commandTotal += commands.length;
  return commands.some(({ sources }) => sources.length > 0);
}

function lowerStage(state: StageState, scope: LowerScope): void {
  const { base } = state;
  if (base !== undefined) {
    atInstruction(scope.dockerfile.source.file, state.scanned, undefined, () =>
      scope.budget.spend((base.history.length + base.variables.size + base.args.length) * 8),
    );
    inherit(state, base);
  }
  state.isDone = true;
  const { image } = state;
  if (image.os !== "windows" && !image.env.some((entry) => variableName(entry) === "PATH"))
    setImageVariable(image, "PATH", defaultPath);
  for (const entry of image.env) {
    const name = variableName(entry);
    atInstruction(scope.dockerfile.source.file, state.scanned, undefined, () =>
      setStageVariable(state, name, entry.slice(name.length + 1)),
    );
  }
  // BuildKit joins a relative directory of the base to itself.
  if (image.workingDir !== "") image.workingDir = joinWorkdir(image.workingDir, image.workingDir);
  for (const command of state.commands)
    scope.problems.attempt(() =>
      atInstruction(scope.dockerfile.source.file, command.instruction.scanned, undefined, () =>
        lowerCommand(state, command, scope),
      ),
    );
}

function finish(
  target: StageState,
  { options, steps, targetPlatform }: LowerScope,
  epoch: number | undefined,
): BuildGraph {
  const platform = target.platform ?? targetPlatform;
  const { image } = target;
  for (const [name, value] of Object.entries(options.labels ?? {})) image.labels.set(name, value);
  if (options.targetPlatform !== undefined) {
    image.os = targetPlatform.os;
    image.architecture = targetPlatform.architecture;
    image.variant = targetPlatform.variant ?? "";
    // The version of the base stays unless another one is asked for.
    image.osVersion = targetPlatform["os.version"] ?? image.osVersion;
  }
  if (image.os === "") image.os = platform.os;
  if (image.architecture === "") image.architecture = platform.architecture;
  const step = target.top;
  if (step === undefined) throw new Problem(`stage ${target.name} gave no tree`);
  return steps.graph({
    platform,
    step,
    config: configOf(image),
    baseHistory: target.baseHistory,
    history: target.history,
    ...(epoch !== undefined && { epoch }),
  });
}
