import type { HistoryEntry, Platform } from "@tsbuild/layers";
import type { FromInstruction, Instruction } from "../../dockerfile/instruction.ts";
import type { ScannedInstruction } from "../../dockerfile/scan/scan.ts";
import type { Stage } from "../../dockerfile/stages.ts";
import { copyDraft, emptyDraft, type ImageDraft } from "../../image/image-draft.ts";
import type { StepId } from "../step.ts";
import type { NamedSource } from "./context-steps.ts";
import type { Variables } from "./variables.ts";

/** An instruction of a stage and the stages or images its `from`s mean. */
export interface Command {
  readonly instruction: Exclude<Instruction, FromInstruction>;
  /** COPY --from: one; RUN: one for each mount. */
  readonly sources: readonly StageState[];
  readonly isTrigger: boolean;
}

/** A stage while it is lowered, or an image that only COPY --from or a mount names. */
export interface StageState {
  readonly stage: Stage | undefined;
  /** The reference of the base, expanded; normalised once it is resolved. */
  baseName: string;
  /** Shown in step names; empty when it is the only one. */
  name: string;
  /** Its name, or `stage-N`: what --no-cache-filter and screens go by. */
  readonly label: string;
  /** Where to point when something is wrong with it. */
  readonly scanned: ScannedInstruction;
  base: StageState | undefined;
  /** The named context of the stage's name: the stage is that, and its instructions are left out. */
  replacement: NamedSource | undefined;
  platform: Platform | undefined;
  readonly dependencies: Map<StageState, ScannedInstruction>;
  commands: Command[];
  isResolved: boolean;
  hasTriggers: boolean;
  /** Its state is known: later stages may use it. */
  isDone: boolean;
  /** The step that gives its tree. */
  top: StepId | undefined;
  image: ImageDraft;
  baseHistory: readonly HistoryEntry[];
  history: HistoryEntry[];
  variables: Variables;
  /** Names and values of the variables together. */
  variableCharacters: number;
  /** The variables as `NAME=value`, made when a RUN first needs them and shared until one changes. */
  environment: readonly string[] | undefined;
  /** The ARGs in declaration order, repetitions included. */
  args: { readonly name: string; readonly value: string | undefined }[];
  /** The same without repetitions: the last value, where the name was declared first. */
  declared: Map<string, string | undefined>;
  /** The last CMD, ENTRYPOINT and HEALTHCHECK of this stage alone. */
  readonly latest: Map<"cmd" | "entrypoint" | "healthcheck", Instruction>;
  /** A WORKDIR stood in this stage or in one it starts from. */
  hasWorkdir: boolean;
  commandIndex: number;
  commandTotal: number;
}

export function createStage(
  given: Pick<StageState, "stage" | "baseName" | "name" | "scanned" | "platform"> & {
    readonly targetPlatform: Platform;
  },
): StageState {
  const { targetPlatform, ...rest } = given;
  return {
    ...rest,
    label: rest.name,
    base: undefined,
    replacement: undefined,
    dependencies: new Map(),
    commands: [],
    isResolved: false,
    hasTriggers: false,
    isDone: false,
    top: undefined,
    image: emptyDraft(targetPlatform),
    baseHistory: [],
    history: [],
    variables: new Map(),
    variableCharacters: 0,
    environment: undefined,
    args: [],
    declared: new Map(),
    latest: new Map(),
    hasWorkdir: false,
    commandIndex: 0,
    commandTotal: 0,
  };
}

/** `FROM stage`: the child goes on where its base ended. */
export function inherit(child: StageState, base: StageState): void {
  child.top = base.top;
  child.platform = base.platform;
  child.image = { ...copyDraft(base.image), onBuild: [] };
  child.baseHistory = base.baseHistory;
  child.history = [...base.history];
  child.variables = new Map(base.variables);
  child.variableCharacters = base.variableCharacters;
  child.environment = base.environment;
  child.args = [...base.args];
  child.declared = new Map(base.declared);
  child.hasWorkdir = base.hasWorkdir;
}

/** The stage and all that it needs. */
export function reachableFrom(target: StageState): ReadonlySet<StageState> {
  const found = new Set<StageState>();
  const waiting = [target];
  for (let stage = waiting.pop(); stage !== undefined; stage = waiting.pop()) {
    if (found.has(stage)) continue;
    found.add(stage);
    if (stage.base !== undefined) waiting.push(stage.base);
    waiting.push(...stage.dependencies.keys());
  }
  return found;
}
