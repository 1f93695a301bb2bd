import type { Step } from "../graph/step.ts";
import { locationOf } from "./step-place.ts";
import type { StepTools } from "./step-tools.ts";

/** Says what BuildKit does silently: a name that the image does not know counts as root. */
export function warnOfUnknownNames(step: Step, names: readonly string[], tools: StepTools): void {
  const location = locationOf(step, tools.request.dockerfile.name);
  for (const name of names)
    tools.emit({
      kind: "warning",
      timeMs: tools.clock.now(),
      message: `${JSON.stringify(name)} is not a name the image knows: its id becomes 0`,
      detail: "create the user or group in an earlier RUN, or use numeric ids",
      ...(location && { location }),
    });
}
