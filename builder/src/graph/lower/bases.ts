import { formatPlatform, type Platform } from "@tsbuild/layers";
import { checkInvalidBaseImagePlatform } from "../../dockerfile/checks/invalid-base-image-platform.ts";
import { parseImageName } from "../../dockerfile/values/image-name.ts";
import { Problem } from "../../dockerfile/problem.ts";
import { quote } from "../../dockerfile/expand/quote.ts";
import { draftOf, emptyDraft } from "../../image/image-draft.ts";
import { contextStep, findContext, type NamedSource } from "./context-steps.ts";
import { atInstruction } from "./fault.ts";
import { hintForMissing } from "./missing-image.ts";
import { type BaseLookup, isLayoutReference, type LowerOptions, type NeededImage } from "../options.ts";
import type { StageState } from "./stage-state.ts";
import type { ResolvedBase, StepId } from "../step.ts";
import { createProblems } from "./problems.ts";
import { stepName } from "./step-name.ts";
import type { StepList } from "./steps.ts";

export interface BaseOptions {
  readonly file: string;
  readonly steps: StepList;
  readonly options: LowerOptions;
  readonly lookup: BaseLookup;
  /** In the order of the Dockerfile. */
  readonly stages: readonly StageState[];
}

/** Gives the stages that start from no other stage their base. What is not known yet is returned. */
export function resolveBases(stages: Iterable<StageState>, given: BaseOptions): readonly NeededImage[] {
  const needed = new Map<string, NeededImage>();
  const problems = createProblems();
  for (const state of stages) {
    if (state.isResolved || state.base !== undefined) continue;
    problems.attempt(() => {
      const need = atInstruction(given.file, state.scanned, state.stage?.from.base, () =>
        resolveBase(state, given),
      );
      if (need !== undefined) needed.set(`${need.reference} ${formatPlatform(need.platform)}`, need);
    });
  }
  problems.settle();
  return [...needed.values()];
}

function resolveBase(state: StageState, given: BaseOptions): NeededImage | undefined {
  const { options } = given;
  const platform = state.platform ?? options.targetPlatform ?? options.buildPlatform;
  if (state.replacement !== undefined)
    return startFromContext(state, state.replacement, { ...given, platform });
  if (state.baseName === "scratch") {
    const target = options.targetPlatform ?? options.buildPlatform;
    startFromScratch(state, target, given.steps);
    return undefined;
  }
  const reference = imageReference(state.baseName);
  const context = findContext(options.contexts, state.baseName, platform);
  if (context !== undefined) return startFromContext(state, context, { ...given, platform });
  return startFromImage(state, { reference }, { ...given, platform });
}

function imageReference(text: string): string {
  try {
    return parseImageName(text).full;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(`failed to parse stage name ${quote(text)}: ${error.message}`, {
      hint:
        text === text.toLowerCase()
          ? "an image is written registry/repository:tag, such as docker.io/library/alpine:3.22"
          : `write ${text.toLowerCase()}: names are lower case here, and a stage must be named above its use`,
    });
  }
}

/** The image of a named context. What is no name of a registry's image is left to who resolves it. */
function contextReference(name: string, reference: string): string {
  if (isLayoutReference(reference)) return reference;
  try {
    return parseImageName(reference).full;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(`the context ${name} is no image: ${quote(reference)}: ${error.message}`, {
      hint: "write docker-image://registry/repository:tag",
    });
  }
}

type BaseWithPlatform = BaseOptions & { readonly platform: Platform };

function startFromContext(
  state: StageState,
  { name, source }: NamedSource,
  given: BaseWithPlatform,
): NeededImage | undefined {
  if (source.kind !== "image") {
    settle(state, given.platform);
    state.image = emptyDraft(given.platform);
    state.top = contextStep(given.steps, name, { source, platform: given.platform });
    return undefined;
  }
  if (source.reference === "scratch") {
    startFromScratch(state, given.platform, given.steps);
    return undefined;
  }
  const { reference } = source;
  const image = { reference: contextReference(name, reference), context: { name, reference } };
  return startFromImage(state, image, given);
}

function startFromScratch(state: StageState, platform: Platform, steps: StepList): void {
  settle(state, platform);
  state.image = emptyDraft(platform);
  state.top = scratchStep(steps, platform);
}

/** The empty tree. */
export function scratchStep(steps: StepList, platform: Platform): StepId {
  return steps.once(`scratch ${formatPlatform(platform)}`, () => ({
    kind: "scratch",
    name: "[internal] scratch",
    stage: "",
    span: undefined,
    inputs: [],
    platform,
  }));
}

interface NamedImage {
  readonly reference: string;
  /** The named context that it is, as it was given. */
  readonly context?: { readonly name: string; readonly reference: string };
}

function startFromImage(
  state: StageState,
  image: NamedImage,
  given: BaseWithPlatform,
): NeededImage | undefined {
  const { reference, context } = image;
  const { platform, lookup, steps } = given;
  const base = lookup(reference, platform);
  if (base === undefined) return neededImage(state, image, given);
  settle(state, platform);
  state.image = draftOf(base.config);
  const written = state.baseName;
  const { history = [], rootfs } = base.config;
  state.baseHistory = history;
  // As BuildKit: an image without layers is an empty tree, and its config still counts.
  if (rootfs.diff_ids.length === 0 && history.every((entry) => entry.empty_layer === true)) {
    state.top = scratchStep(steps, platform);
    return undefined;
  }
  state.top = imageStep(state, { image, base, given });
  if (context !== undefined) return undefined;
  const { os, architecture, osVersion } = state.image;
  checkInvalidBaseImagePlatform(
    state,
    {
      name: written,
      expected: platform,
      actual: { os, architecture, ...(osVersion !== "" && { "os.version": osVersion }) },
    },
    given.options.checks?.report ?? (() => undefined),
  );
  return undefined;
}

function neededImage(
  state: StageState,
  { reference, context }: NamedImage,
  { platform, stages }: BaseWithPlatform,
): NeededImage {
  const { startLine, endLine } = state.scanned;
  const hint = context === undefined ? hintForMissing(state, stages) : undefined;
  return {
    reference,
    platform,
    span: { startLine, endLine },
    ...(context !== undefined && { context: context.name }),
    ...(hint !== undefined && { hint }),
  };
}

interface ImageStepOptions {
  readonly image: NamedImage;
  readonly base: ResolvedBase;
  readonly given: BaseWithPlatform;
}

function imageStep(state: StageState, { image, base, given }: ImageStepOptions): StepId {
  const { reference, context } = image;
  const { platform, steps, options } = given;
  const shown = reference.includes("@") ? reference : `${reference}@${base.digest}`;
  const name =
    context === undefined
      ? stepName(state, `FROM ${shown}`, {
          platform,
          isMultiPlatform: options.isMultiPlatform ?? false,
          isTrigger: false,
        })
      : `[context ${context.name}] ${context.reference}`;
  return steps.once(`image ${shown} ${formatPlatform(platform)}`, () => ({
    kind: "image",
    name,
    stage: state.label,
    span: { startLine: state.scanned.startLine, endLine: state.scanned.endLine },
    inputs: [],
    platform,
    reference,
    digest: base.digest,
  }));
}

/** A stage that only a `from` names, or that a context stands in for, has no commands: it is done when it is resolved. */
function settle(state: StageState, platform: Platform): void {
  state.platform = platform;
  state.isResolved = true;
  if (state.stage === undefined || state.replacement !== undefined) state.isDone = true;
}
