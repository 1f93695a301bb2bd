import { expand } from "../dockerfile/expand/expand.ts";
import type { Dockerfile, Stage } from "../dockerfile/stages.ts";
import type { LowerScope } from "../graph/lower/command-context.ts";
import { type LoweredStages, lowerStages } from "../graph/lower/lower.ts";
import type { BaseLookup, LowerOptions } from "../graph/options.ts";
import { reachableFrom, type StageState } from "../graph/lower/stage-state.ts";
import type { BuildGraph, RunMount, SourceSpan } from "../graph/step.ts";
import { ownValue } from "../graph/lower/variables.ts";
import { type CallLocation, linesOf, locationOfLines } from "./location.ts";
import { renderTable } from "./table.ts";

/** What `--call outline,format=json` prints: BuildKit's Outline. Lists and texts that would be empty are missing. */
export interface Outline {
  readonly name?: string;
  readonly description?: string;
  /** The arguments that the target and what it needs use, with the values this build gives them. */
  readonly args?: readonly OutlineArg[];
  readonly secrets?: readonly OutlineAccess[];
  readonly ssh?: readonly OutlineAccess[];
  readonly cache?: readonly { readonly ID: string; readonly location: CallLocation }[];
  /** The Dockerfile, base64. */
  readonly sources: readonly string[];
}

interface OutlineArg {
  readonly name: string;
  readonly description?: string;
  readonly value?: string;
  readonly location: CallLocation;
}

interface OutlineAccess {
  readonly name: string;
  readonly required?: true;
  readonly location: CallLocation;
}

/** An outline, or the images that have to be resolved first. */
export type Outlined =
  | Extract<LoweredStages, { kind: "needs" }>
  | { readonly kind: "outline"; readonly outline: Outline };

/**
 * What one can give to the build of a target. Like `lower` it asks for images first: their ONBUILD triggers count.
 * @throws what `lower` throws, except that forms which are not built yet are described.
 */
export function outlineOf(dockerfile: Dockerfile, options: LowerOptions, lookup: BaseLookup): Outlined {
  const lowered = lowerStages(dockerfile, options, lookup);
  if (lowered.kind === "needs") return lowered;
  const { target, scope, graph } = lowered;
  const { stageName, description } = target.stage?.from ?? {};
  const mounts = mountsOf(graph);
  const namespace = ownValue(scope.buildArgs, "BUILDKIT_CACHE_MOUNT_NS") ?? "";
  const lists = {
    args: argsOf(reachableFrom(target), scope),
    secrets: accessTo("secret", mounts),
    ssh: accessTo("ssh", mounts),
    cache: cachesOf(mounts, namespace),
  };
  const outline: Outline = {
    ...(stageName !== undefined && { name: stageName }),
    ...(description && { description }),
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    sources: [Buffer.from(dockerfile.source.text).toString("base64")],
  };
  return { kind: "outline", outline };
}

interface Declared {
  readonly arg: OutlineArg;
  /** Other arguments that its default uses, as they were declared then: one that is declared again may use itself. */
  readonly uses: readonly Declared[];
}

/** The arguments that each stage declares or whose values its FROM uses, each once, by line. */
function argsOf(stages: Iterable<StageState>, scope: LowerScope): readonly OutlineArg[] {
  const globals = globalArgs(scope);
  const found = new Map<string, OutlineArg>();
  for (const state of stages) {
    if (state.stage === undefined) continue;
    const declared = stageArgs(state, scope);
    const names = [...namesInFrom(state.stage, scope), ...declared.names];
    // Grows while it is walked: what a default uses is used, too.
    const used = new Set(names.flatMap((name) => declared.own.get(name) ?? globals.get(name) ?? []));
    for (const { arg, uses } of used) {
      const last = declared.own.get(arg.name) ?? globals.get(arg.name);
      if (last !== undefined && !found.has(arg.name)) found.set(arg.name, last.arg);
      for (const other of uses) used.add(other);
    }
  }
  return [...found.values()].toSorted((left, right) => lineOf(left) - lineOf(right));
}

function globalArgs({ dockerfile, variables, buildArgs }: LowerScope): ReadonlyMap<string, Declared> {
  const globals = new Map<string, Declared>();
  for (const { args, scanned } of dockerfile.globalArgs)
    for (const { name, value, description } of args) {
      const isGiven = ownValue(buildArgs, name) !== undefined;
      const names = isGiven || value === undefined ? [] : namesIn(value, dockerfile, variables);
      globals.set(name, {
        arg: outlineArg({ name, description, value: variables.get(name), span: scanned }),
        uses: names.flatMap((used) => globals.get(used) ?? []),
      });
    }
  return globals;
}

interface StageArgs {
  readonly names: readonly string[];
  /** Those that do not take their value from before the first FROM. */
  readonly own: ReadonlyMap<string, Declared>;
}

function stageArgs(state: StageState, { variables, buildArgs }: LowerScope): StageArgs {
  const declared = state.commands.flatMap(({ instruction }) =>
    instruction.kind === "arg" ? instruction.args.map((arg) => ({ ...arg, span: instruction.scanned })) : [],
  );
  // The stage it starts from declared those in front.
  const values = state.args.slice(state.args.length - declared.length);
  const own = new Map<string, Declared>();
  for (const [index, { name, value, description, span }] of declared.entries()) {
    const isGlobal = value === undefined && ownValue(buildArgs, name) === undefined && variables.has(name);
    if (isGlobal) continue;
    own.set(name, { arg: outlineArg({ name, description, value: values[index]?.value, span }), uses: [] });
  }
  return { names: declared.map(({ name }) => name), own };
}

function namesInFrom({ from }: Stage, { dockerfile, variables }: LowerScope): readonly string[] {
  return [from.base.text, from.platform ?? ""].flatMap((text) => namesIn(text, dockerfile, variables));
}

function namesIn(
  text: string,
  { escape }: Dockerfile,
  variables: ReadonlyMap<string, string>,
): readonly string[] {
  return [...expand(text, variables, { escape }).matched];
}

function outlineArg(given: {
  readonly name: string;
  readonly description: string;
  readonly value: string | undefined;
  readonly span: SourceSpan;
}): OutlineArg {
  const { name, description, value, span } = given;
  return {
    name,
    ...(description !== "" && { description }),
    ...(value && { value }),
    location: locationOfLines(span),
  };
}

interface PlacedMount {
  readonly mount: RunMount;
  readonly location: CallLocation;
}

function mountsOf({ steps }: BuildGraph): readonly PlacedMount[] {
  const placed = steps.flatMap((step) => {
    const { span } = step;
    if (step.kind !== "run" || span === undefined) return [];
    return step.mounts.map((mount) => ({ mount, location: locationOfLines(span) }));
  });
  return placed.toSorted((left, right) => lineOf(left) - lineOf(right));
}

/** Each id once, where it is first asked for; required when any step requires it. */
function accessTo(kind: "secret" | "ssh", mounts: readonly PlacedMount[]): readonly OutlineAccess[] {
  const found = new Map<string, OutlineAccess>();
  for (const { mount, location } of mounts) {
    if (mount.kind !== kind) continue;
    const first = found.get(mount.id) ?? { name: mount.id, location };
    found.set(mount.id, mount.required ? { ...first, required: true } : first);
  }
  return [...found.values()];
}

function cachesOf(mounts: readonly PlacedMount[], namespace: string): NonNullable<Outline["cache"]> {
  const found = new Map<string, CallLocation>();
  for (const { mount, location } of mounts) {
    if (mount.kind !== "cache") continue;
    const id = mount.id.slice(namespace.length + 1);
    if (!found.has(id)) found.set(id, location);
  }
  return [...found].map(([ID, location]) => ({ ID, location }));
}

function lineOf({ location }: { readonly location: CallLocation }): number {
  return linesOf(location).startLine;
}

/** The outline for people, in tables. */
export function renderOutline({ name, description, args, secrets, ssh, cache }: Outline): string {
  const isNamed = name !== undefined || description !== undefined;
  const head = [`TARGET: ${name ?? "(default)"}\n`];
  if (description !== undefined) head.push(`DESCRIPTION: ${description}\n`);
  const access = (list: readonly OutlineAccess[] | undefined): string[][] =>
    (list ?? []).map((each) => [each.name, each.required === true ? "true" : ""]);
  const argRows = (args ?? []).map((arg) => [arg.name, arg.value ?? "", arg.description ?? ""]);
  const parts = [
    isNamed ? head.join("") : "",
    section(["BUILD ARG", "VALUE", "DESCRIPTION"], argRows),
    section(["SECRET", "REQUIRED"], access(secrets)),
    section(["SSH", "REQUIRED"], access(ssh)),
    section(
      ["CACHE MOUNT"],
      (cache ?? []).map(({ ID }) => [ID]),
    ),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function section(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? "" : renderTable(head, rows);
}
