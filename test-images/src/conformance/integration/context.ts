import { once } from "node:events";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { type ContextStep, NotRunnable, resolveText } from "./case.ts";

/** Makes the files of a context by the recorded steps. */
export async function writeContext(
  directory: string,
  steps: readonly ContextStep[],
  values: ReadonlyMap<string, string>,
): Promise<void> {
  for (const step of steps) await writeStep(join(directory, step.path), step, values);
}

async function writeStep(
  path: string,
  step: ContextStep,
  values: ReadonlyMap<string, string>,
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  switch (step.op) {
    case "CreateFile":
      // Values are byte strings, so that archives can be among them.
      writeFileSync(path, contentOf(step.content ?? "", values));
      chmodSync(path, modeOf(step.mode ?? "0600"));
      return;
    case "CreateDir":
      mkdirSync(path, { recursive: true });
      chmodSync(path, modeOf(step.mode ?? "0700"));
      return;
    case "Symlink":
      symlinkSync(resolveText(step.target ?? "", values), path);
      return;
    case "CreateSocket":
      return makeSocket(path);
    default:
      throw new NotRunnable(`a context step ${step.op}`);
  }
}

function contentOf(text: string, values: ReadonlyMap<string, string>): Uint8Array {
  const zeros = /^go: make\(\[\]byte, ([\d*]+)\)$/.exec(text);
  if (zeros?.[1] !== undefined)
    return Buffer.alloc(zeros[1].split("*").reduce((product, factor) => product * Number(factor), 1));
  return text.startsWith("go: ")
    ? Buffer.from(resolveText(text, values), "latin1")
    : Buffer.from(resolveText(text, values));
}

/** `0600`, or `go: os.FileMode(0600)`. */
function modeOf(text: string): number {
  const digits = /^(?:go: os\.FileMode\()?0?o?([0-7]+)\)?$/.exec(text)?.[1];
  if (digits === undefined) throw new NotRunnable(`the mode ${text}`);
  return Number.parseInt(digits, 8);
}

async function makeSocket(path: string): Promise<void> {
  const server = createServer();
  server.listen(path);
  await once(server, "listening");
  // Closing would remove the socket; the process may end with it open.
  server.unref();
}
