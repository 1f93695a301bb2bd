import type { Difference } from "./compare.ts";
import { type Explanation, type Kind, kinds } from "./explained/explanation.ts";
import type { PeerName } from "./peers/peer.ts";

/** What was found of one case with one peer. */
export interface Comparison {
  readonly name: string;
  readonly peer: PeerName;
  readonly differences: readonly Difference[];
  /** What the one said that refused what the other built. */
  readonly failure: string | undefined;
}

export interface Report {
  readonly lines: readonly string[];
  readonly succeeded: boolean;
}

/** Puts what was found against what is explained: a difference without an explanation fails, and so does the reverse. */
export function judge(found: readonly Comparison[], explained: readonly Explanation[]): Report {
  const known = knownKinds(explained);
  const unused = new Set(known.keys());
  const judged = found.map((comparison) => {
    const keys = comparison.differences.map((each) => keyOf(comparison, told(each)));
    for (const key of keys) unused.delete(key);
    return { comparison, kindsFound: keys.map((key) => known.get(key)) };
  });
  const open = judged.flatMap(({ kindsFound }) => kindsFound).filter((kind) => kind === undefined).length;
  const lines = [
    ...judged.flatMap(linesOf),
    ...[...unused].map((key) => `explained, and not there: ${key}`),
    ...(["docker", "buildah"] as const).map((peer) => summary(peer, judged)),
    `${open} unexplained, ${unused.size} explained in vain`,
  ];
  return { lines, succeeded: found.length > 0 && open === 0 && unused.size === 0 };
}

interface Judged {
  readonly comparison: Comparison;
  /** The kind of each difference, undefined where none explains it. */
  readonly kindsFound: readonly (Kind | undefined)[];
}

function knownKinds(explained: readonly Explanation[]): Map<string, Kind> {
  const known = new Map<string, Kind>();
  for (const { peer, kind, differences } of explained)
    for (const [name, lines] of Object.entries(differences))
      for (const line of lines) {
        const key = keyOf({ name, peer }, line);
        if (known.has(key)) throw new Error(`explained twice: ${key}`);
        known.set(key, kind);
      }
  return known;
}

function keyOf({ name, peer }: { readonly name: string; readonly peer: PeerName }, line: string): string {
  return `${name} ${peer}: ${line}`;
}

/** A difference as it is printed, and as an explanation names it. */
function told({ part, what }: Difference): string {
  return `${part} ${what}`;
}

function linesOf({ comparison: { name, peer, differences, failure }, kindsFound }: Judged): string[] {
  const open = differences.filter((_, at) => kindsFound[at] === undefined);
  const verdict = differences.length === 0 ? "equal" : `${differences.length} differences explained`;
  return [
    `${name} ${peer}: ${open.length > 0 ? "DIFFERENT" : verdict}`,
    ...open.map((each) => `  ${told(each)}`),
    ...(open.length > 0 && failure !== undefined ? [failure] : []),
  ];
}

function summary(peer: PeerName, judged: readonly Judged[]): string {
  const of = judged.filter(({ comparison }) => comparison.peer === peer);
  const equal = of.filter(({ kindsFound }) => kindsFound.length === 0).length;
  const all = of.flatMap(({ kindsFound }) => kindsFound);
  const counts = kinds.map((kind) => `${kind} ${all.filter((each) => each === kind).length}`);
  return `${peer}: ${of.length} cases compared, ${equal} equal; ${all.length} differences: ${counts.join(", ")}`;
}
