import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { TsbuildError } from "@tsbuild/layers";

setFlagsFromString("--expose-gc");
/** V8 lets the buffers of finished streams pile up for as long as there is memory: that would hide what one input wants. */
const collectGarbage = runInNewContext("gc") as () => void;
const inputsBetweenCollections = 200;

/** How inputs ended: taken, or refused with which code. */
export interface Tally {
  readonly codes: Map<string, number>;
  readonly problems: string[];
}

export function createTally(): Tally {
  return { codes: new Map(), problems: [] };
}

/** More than reading any one input may add to what this process has ever used. */
const maxGrowthKiB = 128 << 10;

/** Reads one input; anything but a success or an error in words of ours is a problem, and so is a want of much memory. */
export async function judge(tally: Tally, what: string, read: () => unknown): Promise<void> {
  const inputs = tally.codes.values().reduce((sum, times) => sum + times, 0);
  if (inputs % inputsBetweenCollections === 0) collectGarbage();
  const before = process.resourceUsage().maxRSS;
  await attempt(tally, what, read);
  const growthKiB = process.resourceUsage().maxRSS - before;
  if (growthKiB > maxGrowthKiB) tally.problems.push(`${what}: took ${growthKiB} KiB of memory`);
}

async function attempt(tally: Tally, what: string, read: () => unknown): Promise<void> {
  try {
    await read();
    count(tally, "taken");
  } catch (error) {
    count(tally, error instanceof TsbuildError ? error.code : "no error of ours");
    const problem = problemOf(error);
    if (problem !== undefined) tally.problems.push(`${what}: ${problem}`);
  }
}

/** EROFS: somebody wanted to write outside of what the campaign may write. */
function problemOf(error: unknown): string | undefined {
  if (!(error instanceof TsbuildError))
    return `threw ${error instanceof Error ? error.stack : String(error)}`;
  if (/EROFS/.test(`${error.message} ${String(error.cause)}`))
    return `wanted to write outside: ${error.message}`;
  // oxlint-disable-next-line no-control-regex
  return /[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(error.message)
    ? "its message has control characters"
    : undefined;
}

function count({ codes }: Tally, code: string): void {
  codes.set(code, (codes.get(code) ?? 0) + 1);
}
