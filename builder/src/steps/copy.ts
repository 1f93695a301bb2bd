import {
  type CopyPlan,
  createCopyPlan,
  type Layer,
  parseChmod,
  resolveOwner,
  type TreeView,
} from "@tsbuild/layers";
import { bytesFromText } from "@tsbuild/runner-native";
import type { CopySource, CopyStep } from "../graph/step.ts";
import type { SolvedInputs } from "../solve/solver.ts";
import { openArchive } from "./add-archive.ts";
import type { OpenContext } from "./context/contexts.ts";
import { sourceName } from "./sources/reads.ts";
import { selectSources } from "./sources/select-sources.ts";
import type { SelectedSource } from "./sources/selection.ts";
import { checkOfContents, verifyDigest } from "./sources/verify-contents.ts";
import { warnOfUnknownNames } from "./warn.ts";
import { writeLayer } from "./write-layer.ts";
import type { StepOptions, StepTools } from "./step-tools.ts";

/** COPY and ADD: plans what lands where, then writes the layer straight from its sources. */
export async function runCopy(
  step: CopyStep,
  inputs: SolvedInputs,
  { tools, signal }: StepOptions,
): Promise<Layer> {
  const base = inputs.base?.layer;
  const image = await tools.views.of(base);
  const owner = step.chown === undefined ? undefined : await resolveOwner(image, step.chown);
  if (owner) warnOfUnknownNames(step, owner.unknown, tools);
  // --link: as if the image were empty, so that nothing of it decides what is copied where.
  const target = step.link ? await tools.views.of(undefined) : image;
  const plan = createCopyPlan(target, {
    chown: owner && { uid: owner.uid, gid: owner.gid },
    chmod: step.chmod === undefined ? undefined : parseChmod(step.chmod),
    nowSeconds: Math.floor(tools.clock.now() / 1000),
  });
  using archives = new DisposableStack();
  for (const source of step.sources) await planSource(plan, source, { step, inputs, tools, archives });
  const check = checkOfContents(openedContexts(step, tools));
  return await writeLayer(plan, base, { layers: tools.layers, signal, check });
}

interface Planning {
  readonly step: CopyStep;
  readonly inputs: SolvedInputs;
  readonly tools: StepTools;
  /** Unpacked archives stay open until the layer is written. */
  readonly archives: DisposableStack;
}

async function planSource(plan: CopyPlan, source: CopySource, planning: Planning): Promise<void> {
  const destination = bytesFromText(planning.step.destination);
  if (source.kind === "inline")
    return plan.file(bytesFromText(source.fileName), Buffer.from(source.content), destination);
  const tree = await treeOf(source.input, planning);
  const { exclude, parents } = planning.step;
  for (const selected of selectSources(tree.view, source.pattern, { exclude, parents, where: tree.where }))
    await planSelected(plan, selected, { ...planning, ...tree, destination });
}

interface SourceTree {
  readonly view: TreeView;
  readonly origin: "context" | "layer";
  readonly context: OpenContext | undefined;
  readonly where: string;
  /** Not downloaded: its archives are unpacked without being asked. */
  readonly isLocal: boolean;
}

interface PlanningSource extends Planning, SourceTree {
  readonly destination: string;
}

async function planSelected(
  plan: CopyPlan,
  { match, selection }: SelectedSource,
  { step, view, origin, context, isLocal, destination, archives, tools }: PlanningSource,
): Promise<void> {
  const isWanted = step.unpack === "always" || (step.unpack === "auto" && isLocal);
  const mayUnpack = isWanted && view.lookup(match.path)?.type === "file";
  if (mayUnpack) {
    await view.prepare([match.path]);
    const archive = await openArchive(view, match.path, tools.store);
    if (archive) {
      plan.unpack(archives.use(archive).entries, destination);
      if (context) verifyDigest(context, match.path, archive.digest);
      return;
    }
  }
  plan.copy({ view, match, origin, ...(selection && { selection }) }, destination);
}

async function treeOf(input: number, { step, inputs, tools }: Planning): Promise<SourceTree> {
  const from = tools.steps.get(step.inputs[input]?.step ?? step.id);
  const where = sourceName(from);
  if (from?.kind === "context") {
    const context = tools.contexts.open(from.context);
    return { view: context.view, origin: "context", context, where, isLocal: true };
  }
  const view = await tools.views.of(inputs.sources.get(input)?.layer);
  return { view, origin: "layer", context: undefined, where, isLocal: from?.kind !== "http" };
}

function openedContexts(step: CopyStep, tools: StepTools): OpenContext[] {
  return step.inputs.flatMap(({ step: id }) => {
    const from = tools.steps.get(id);
    return from?.kind === "context" ? [tools.contexts.open(from.context)] : [];
  });
}
