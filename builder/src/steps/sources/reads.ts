import {
  contentDigest,
  type ContentDigestOptions,
  type Digesting,
  resolvePath,
  type TreeView,
} from "@tsbuild/layers";
import { bytesFromText, type TreePath } from "@tsbuild/runner-native";
import type { Step, StepId } from "../../graph/step.ts";
import type { FieldValue } from "../../solve/field-hash.ts";
import { missingSource, type SelectedSource } from "./selection.ts";
import { digestSelected, selectSources } from "./select-sources.ts";

/** What a step reads of one of its inputs: a source of COPY or ADD, a bind mount, or all of a context. */
export interface Read {
  /** Its place in `step.inputs`; -1 when a context step reads itself. */
  readonly input: number;
  readonly from: StepId;
  readonly path: string;
  /** In which words it is not found: `the build context`. */
  readonly where: string;
  /** Where in the tree that is, links followed. @throws SOURCE_MISSING */
  places(view: TreeView): readonly TreePath[];
  digest(view: TreeView, hashing: Omit<ContentDigestOptions, "selects">): Digesting<FieldValue>;
}

/** What a step reads, by the index that its key knows it by (key-fields.ts); what is written in the step itself is missing. */
export function readsOf(step: Step, steps: ReadonlyMap<StepId, Step>): ReadonlyMap<number, Read> {
  const reads = new Map<number, Read>();
  const add = (index: number, input: number, read: Omit<Read, "input" | "from" | "where">): void => {
    const from = step.inputs[input]?.step as StepId;
    reads.set(index, { input, from, where: sourceName(steps.get(from)), ...read });
  };
  switch (step.kind) {
    case "copy":
      step.sources.forEach((source, index) => {
        if (source.kind !== "path") return;
        const where = sourceName(steps.get(step.inputs[source.input]?.step as StepId));
        const select = (view: TreeView): SelectedSource[] =>
          selectSources(view, source.pattern, { ...step, where });
        add(index, source.input, {
          path: source.pattern,
          places: (view) => select(view).map(({ match }) => match.path),
          digest: (view, hashing) => digestSelected(view, select(view), hashing),
        });
      });
      return reads;
    case "run":
      step.mounts.forEach((mount, index) => {
        if (mount.kind !== "bind") return;
        const where = sourceName(steps.get(step.inputs[mount.input]?.step as StepId));
        add(index, mount.input, onePath(mount.source, where));
      });
      return reads;
    case "context":
      return reads.set(0, {
        input: -1,
        from: step.id,
        where: sourceName(step),
        ...onePath("", sourceName(step)),
      });
    case "image":
    case "scratch":
    case "mkdir":
    case "git":
    case "http":
      return reads;
  }
}

/** Everything at and below one path. */
function onePath(path: string, where: string): Pick<Read, "path" | "places" | "digest"> {
  const places = (view: TreeView): TreePath[] => [existingPath(view, path, where)];
  return { path, places, digest: (view, hashing) => contentDigest(view, places(view), hashing) };
}

/** Where a path of a mount leads, links followed. @throws SOURCE_MISSING */
export function existingPath(view: TreeView, path: string, where: string): TreePath {
  const found = resolvePath(view, bytesFromText(path));
  if (found.missing.length > 0) throw missingSource(path.replace(/^\/+/, ""), where);
  return found.path;
}

/** What a source is called in an error. */
export function sourceName(step: Step | undefined): string {
  if (step?.kind === "context")
    return step.context === "context" ? "the build context" : `the build context ${step.context}`;
  if (step?.kind === "image") return step.reference;
  if (step?.kind === "git") return "the repository";
  return step === undefined || step.stage === "" ? "the source" : `stage ${step.stage}`;
}
