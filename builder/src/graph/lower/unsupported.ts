import type { RunInstruction } from "../../dockerfile/instruction.ts";
import { builderError } from "../../errors.ts";

/**
 * Refuses what parses and is not built yet, by name.
 * @throws DOCKERFILE_UNSUPPORTED without a location: the caller adds it.
 */
export function refuseUnsupported({ devices }: RunInstruction): void {
  if (devices.length > 0)
    throw builderError("DOCKERFILE_UNSUPPORTED", "RUN --device is not supported yet", {
      hint: "build this with docker buildx, or write the step in another way",
    });
}
