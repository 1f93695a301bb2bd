import type { RunInstruction } from "../../dockerfile/instruction.ts";
import { builderError } from "../../errors.ts";

/** The one list of what parses and is not built yet. */
const forms = {
  insecure: "RUN --security=insecure",
  device: "RUN --device",
} as const;

/**
 * Refuses forms that cannot be built, by name.
 * @throws DOCKERFILE_UNSUPPORTED without a location: the caller adds it.
 */
export function refuseUnsupported(instruction: RunInstruction): void {
  for (const form of formsOf(instruction))
    throw builderError("DOCKERFILE_UNSUPPORTED", `${forms[form]} is not supported yet`, {
      hint: "build this with docker buildx, or write the step in another way",
    });
}

function* formsOf(instruction: RunInstruction): Iterable<keyof typeof forms> {
  if (instruction.security === "insecure") yield "insecure";
  if (instruction.devices.length > 0) yield "device";
}
