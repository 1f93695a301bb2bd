import { parseImageName } from "../values/image-name.ts";
import type { FromInstruction } from "../instruction.ts";
import { Problem } from "../problem.ts";
import { type Report, type Rule, rule } from "./rule.ts";

export const invalidDefaultArgInFrom: Rule = rule(
  "InvalidDefaultArgInFrom",
  "Default value for global ARG results in an empty or invalid base image name",
);

/** `name` is the base as it would be without any build argument. */
export function checkInvalidDefaultArgInFrom(from: FromInstruction, name: string, report: Report): void {
  if (!isImageName(name))
    report(
      invalidDefaultArgInFrom,
      `Default value for ARG ${from.base.text} results in empty or invalid base image name`,
      from,
    );
}

function isImageName(text: string): boolean {
  try {
    parseImageName(text);
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return false;
  }
}
