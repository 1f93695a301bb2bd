import { nearest } from "../../dockerfile/suggest.ts";
import type { StageState } from "./stage-state.ts";

/** As BuildKit: what a mistyped FROM may have meant besides a stage. */
const commonImages = ["alpine", "busybox", "centos", "debian", "fedora", "golang", "ubuntu"];

/**
 * What may be wrong in the Dockerfile when the image that a name was taken for cannot be had: the name may be that of a stage.
 * Undefined when the name can only mean an image.
 */
export function hintForMissing(state: StageState, stages: readonly StageState[]): string | undefined {
  const name = state.baseName;
  if (/[/:@]/.test(name)) return undefined;
  const others = stages
    .filter((other) => other !== state)
    .flatMap(({ stage }) => stage?.from.stageName ?? []);
  if (others.includes(name.toLowerCase()))
    return `a stage ${name} stands below this line, and a stage is known only below its FROM`;
  const near = nearest(name, others, { ignoreCase: true });
  const meant = near === undefined ? "" : `did you mean stage ${near}?`;
  if (state.stage === undefined) return `no stage is called ${name}${meant === "" ? "" : `, ${meant}`}`;
  if (meant !== "") return meant;
  const image = nearest(name, commonImages);
  return image === undefined ? undefined : `did you mean ${image}?`;
}
