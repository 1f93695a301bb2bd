import type { BuiltImage, HistoryEntry } from "./image.ts";
import { compareTrees, describeLayer, flatten, type Tree, withoutUntouched } from "./item.ts";
import { buildahSteps, coarse } from "./buildah-dialect.ts";
import { comparableConfig } from "./config.ts";
import type { PeerName } from "./peers/peer.ts";

/** What of an image differs. */
export type Part = "outcome" | "layer" | "result" | "config" | "history";

export interface Difference {
  readonly part: Part;
  /** One line: where, and ours before theirs. */
  readonly what: string;
}

/** One layer with the instruction it came from. */
interface Step {
  readonly instruction: string;
  readonly tree: Tree;
}

interface CompareOptions {
  readonly peer: PeerName;
  /** When the builds began, in seconds since 1970. */
  readonly startedSeconds: number;
}

/** Everything in which two builds of one Dockerfile differ. */
export function compareImages(ours: BuiltImage, theirs: BuiltImage, options: CompareOptions): Difference[] {
  return [
    ...compareFileSystems(ours, theirs, options),
    ...compareConfigs(ours, theirs, options.peer),
    ...compareHistories(ours, theirs, options.peer),
  ];
}

function compareFileSystems(
  ours: BuiltImage,
  theirs: BuiltImage,
  { peer, startedSeconds }: CompareOptions,
): Difference[] {
  const [our, their] = [stepsOf(ours, startedSeconds), stepsOf(theirs, startedSeconds)];
  if (our === undefined || their === undefined)
    return [
      {
        part: "layer",
        what: `not one layer for each history entry: ${our === undefined ? "tsbuild" : peer}`,
      },
    ];
  const layers = compareLayers(peer === "buildah" ? buildahSteps(our) : our, their, peer);
  // What a layer says already is not said again of the result.
  const said = new Set(layers.map(({ what }) => what.slice(what.indexOf(": ") + 2)));
  const result = compareTrees(
    flatten(our.map(({ tree }) => tree)),
    flatten(their.map(({ tree }) => tree)),
    peer,
  )
    .filter((line) => !said.has(line))
    .map((what): Difference => ({ part: "result", what }));
  return [...layers, ...result];
}

/** The layers by their history entries; undefined when those are not as many. */
function stepsOf({ document, layers }: BuiltImage, startedSeconds: number): Step[] | undefined {
  const entries = document.history.filter(({ empty_layer: isEmpty }) => isEmpty !== true);
  if (entries.length !== layers.length) return undefined;
  const steps: Step[] = [];
  let below: Tree = new Map();
  for (const [at, layer] of layers.entries()) {
    const tree = withoutUntouched(describeLayer(layer, startedSeconds), below);
    steps.push({ instruction: entries[at]?.created_by ?? "", tree });
    below = flatten([below, tree]);
  }
  return steps;
}

function compareLayers(ours: readonly Step[], theirs: readonly Step[], peer: PeerName): Difference[] {
  if (ours.length !== theirs.length)
    return [{ part: "layer", what: `${ours.length} layers | ${theirs.length}` }];
  return ours.flatMap(({ instruction, tree }, at) =>
    compareTrees(tree, theirs[at]!.tree, peer).map((line): Difference => {
      const verb = /^\w+/.exec(instruction)?.[0] ?? "";
      return { part: "layer", what: `${at} ${verb}: ${line}` };
    }),
  );
}

function compareConfigs(ours: BuiltImage, theirs: BuiltImage, peer: PeerName): Difference[] {
  const [our, their] = [comparableConfig(ours.document, peer), comparableConfig(theirs.document, peer)];
  const names = [...new Set([...Object.keys(our), ...Object.keys(their)])].sort();
  return names
    .map((name) => ({
      name,
      our: JSON.stringify(our[name]) ?? "none",
      their: JSON.stringify(their[name]) ?? "none",
    }))
    .filter(({ our: one, their: other }) => one !== other)
    .map((each): Difference => ({ part: "config", what: `${each.name}: ${each.our} | ${each.their}` }));
}

function compareHistories(ours: BuiltImage, theirs: BuiltImage, peer: PeerName): Difference[] {
  const told = ({ document }: BuiltImage): string[] => document.history.map((entry) => tell(entry, peer));
  const [our, their] = [told(ours), told(theirs)];
  if (our.length !== their.length)
    return [{ part: "history", what: `${our.length} entries | ${their.length}` }];
  return our
    .map((line, at) => ({ at, line, other: their[at] ?? "" }))
    .filter(({ line, other }) => line !== other)
    .map(({ at, line, other }): Difference => ({ part: "history", what: `${at}: ${line} | ${other}` }));
}

/** A history entry as one line; buildah's only as far as both say the same in other words. */
function tell(entry: HistoryEntry, peer: PeerName): string {
  const { created_by: text = "", comment = "", author = "", empty_layer: isEmpty = false } = entry;
  if (peer === "buildah") return coarse(text);
  return JSON.stringify([text, comment, author, isEmpty ? "no layer" : "layer"]);
}
