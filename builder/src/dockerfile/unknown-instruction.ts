import { Problem } from "./problem.ts";
import type { ScannedInstruction } from "./scan/scan.ts";
import { didYouMean } from "./suggest.ts";

/** A line that starts with no instruction, and what its writer may have wanted. */
export function unknownInstruction(
  scanned: ScannedInstruction,
  {
    keywords,
    previous,
    escape,
  }: {
    readonly keywords: readonly string[];
    readonly previous: ScannedInstruction | undefined;
    readonly escape: string;
  },
): Problem {
  const { text } = scanned.keyword;
  const suggestion = didYouMean(text, keywords, { ignoreCase: true });
  const hint = hintFor(text, previous, escape);
  return new Problem(`unknown instruction: ${text}${suggestion}`, {
    token: scanned.keyword,
    ...(suggestion === "" && { hint }),
  });
}

function hintFor(text: string, previous: ScannedInstruction | undefined, escape: string): string {
  if (/^(?:<{7}|={7}|>{7}|\|{7})$/.test(text))
    return "the file has marks of a merge conflict: resolve it first";
  if (previous === undefined)
    return "this does not look like a Dockerfile: one starts with FROM; --file names another file";
  const keyword = previous.keyword.text.toUpperCase();
  return `if this belongs to the ${keyword} above, end the line before with ${escape}; shell commands stand behind RUN`;
}
