import type { ScannedFile, ScannedInstruction } from "./scan/scan.ts";
import { trimSpace } from "./scan/whitespace.ts";

/** A Dockerfile in plain form: one line for each instruction, comments that describe it above, heredocs below. */
export function printDockerfile(file: Pick<ScannedFile, "directives" | "instructions">): string {
  const directives = file.directives.map(({ name, value }) => `# ${name}=${value}\n`);
  // The blank line keeps a comment at the top from being read as a directive.
  return `${directives.join("")}\n${file.instructions.map(printInstruction).join("")}`;
}

function printInstruction({ comments, text, heredocs }: ScannedInstruction): string {
  const described = comments.map((comment) => `# ${comment}\n`);
  const bodies = heredocs.map(({ name, content }) => `${content}${name}\n`);
  return `${described.join("")}${trimSpace(text)}\n${bodies.join("")}`;
}
