import { constants } from "node:os";
import type { RunOutcome } from "@tsbuild/runner-native";
import { builderError } from "../errors.ts";
import type { RunStep } from "../graph/step.ts";

/**
 * Returns when the process ended well. `tell` gets what belongs to the step's own output: the reason why it did not start. `hint`
 * is asked what the surroundings may have done to it.
 * @throws RUN_FAILED in BuildKit's words
 */
export function checkOutcome(
  step: RunStep,
  outcome: RunOutcome,
  { tell, hint: askHint }: { readonly tell: (text: string) => void; readonly hint: () => string | undefined },
): void {
  if (outcome.kind === "exit" && outcome.code === 0) return;
  if (outcome.kind === "not-started") tell(`${outcome.reason}\n`);
  const failure = describe(outcome);
  const hint = failure.hint ?? askHint();
  throw builderError(
    "RUN_FAILED",
    `process ${JSON.stringify(step.argv.join(" "))} did not complete successfully: ${failure.text}`,
    hint === undefined ? {} : { hint },
  );
}

interface Failure {
  readonly text: string;
  readonly hint?: string;
}

function describe(outcome: RunOutcome): Failure {
  switch (outcome.kind) {
    case "exit":
      return { text: `exit code: ${outcome.code}`, ...hintFor(outcome.code) };
    case "not-started":
      // As BuildKit, whose runtime ends with 1 when it cannot start the program.
      return { text: "exit code: 1", hint: outcome.reason };
    case "signal":
      return { text: `exit code: ${signalCode(outcome.signal)}: killed by ${outcome.signal}` };
    case "limit":
      return {
        text:
          outcome.which === "memory" ? "exit code: 137: out of memory" : "exit code: 124: it took too long",
      };
  }
}

function hintFor(code: number): { readonly hint?: string } {
  switch (code) {
    case 127:
      return {
        hint: "127 means command not found: install it in an earlier RUN, or check its name and PATH",
      };
    case 126:
      return { hint: "126 means not executable: check the file's mode and its first line" };
    default:
      return {};
  }
}

function signalCode(name: string): number {
  return 128 + ((constants.signals as Readonly<Record<string, number>>)[name] ?? 0);
}
