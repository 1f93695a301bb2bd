import type { Tree } from "./item.ts";

/**
 * A history text in the form that is the same for BuildKit's and buildah's. BuildKit says `RUN /bin/sh -c true # buildkit` where
 * buildah says `/bin/sh -c true`. Of all other instructions, BuildKit tells what they came to (`ENV a=b`), buildah what stands in the
 * file (`/bin/sh -c #(nop) ENV a=$b`), or a digest of what was copied: only their name can be compared.
 */
export function coarse(text: string): string {
  const nop = /^\/bin\/sh -c #\(nop\) +(\w+)/.exec(text)?.[1];
  if (nop !== undefined) return nop.toUpperCase();
  if (/^RUN .* # buildkit$/s.test(text)) return text.slice("RUN ".length, -" # buildkit".length);
  return /^[A-Z]+ /.test(text) ? text.slice(0, text.indexOf(" ")) : text;
}

interface Step {
  readonly instruction: string;
  readonly tree: Tree;
}

/** Our layers as buildah makes them: none for WORKDIR, whose directory comes with the next one. */
export function buildahSteps(ours: readonly Step[]): Step[] {
  const steps: Step[] = [];
  let pending: Tree = new Map();
  for (const { instruction, tree } of ours)
    if (instruction.startsWith("WORKDIR ")) pending = new Map([...pending, ...tree]);
    else {
      steps.push({ instruction, tree: new Map([...pending, ...tree]) });
      pending = new Map();
    }
  return steps;
}
