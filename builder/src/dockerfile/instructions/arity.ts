import type { Arguments } from "../arguments.ts";
import { Problem } from "../problem.ts";

export function needsArgument(keyword: string): Problem {
  return new Problem(`${keyword} requires at least one argument`);
}

/** @throws Problem when there is not exactly one word. */
export function exactlyOne(keyword: string, { words }: Arguments): string {
  const [word] = words;
  if (word === undefined || words.length !== 1) throw new Problem(`${keyword} requires exactly one argument`);
  return word.text;
}

/** What the comment lines above say of a name: `# name text`. */
export function describedBy(comments: readonly string[], name: string | undefined): string {
  if (name === undefined || name === "") return "";
  const comment = comments.find((line) => line.startsWith(`${name} `));
  return comment?.slice(name.length + 1) ?? "";
}
