import type { CharacterTest } from "./character-class.ts";
import type { Element } from "./ignore-pattern.ts";

/** One pattern as the automaton wants it. */
export interface AutomatonPattern {
  readonly elements: readonly Element[];
  /** A `!` pattern. */
  readonly isException: boolean;
}

/** Where a walk through all patterns at once stands. */
export interface AutomatonState {
  /** The last pattern (by index) that matches what was read so far; -1 for none. */
  readonly accepted: number;
  /** The last exception that could still match with more characters; -1 for none. */
  readonly lastLiveException: number;
  next(code: number): AutomatonState;
}

/** Nodes kept in remembered states before all are forgotten: bounds memory, whatever the patterns are. */
const maxRememberedNodes = 2_000_000;

/**
 * All patterns as one machine that reads each character once, however many patterns there are: patterns that start
 * alike share their nodes, and sets of nodes are remembered with what each character makes of them (a lazy DFA).
 */
export function createAutomaton(patterns: readonly AutomatonPattern[]): AutomatonState {
  const start = createNode(0);
  const machine: Machine = { nodes: 1, known: new Map(), remembered: 0, generation: 0, round: 0 };
  for (const [index, pattern] of patterns.entries()) addPattern(machine, start, { ...pattern, index });
  return internState(machine, close(machine, [start], "start"));
}

/** What was read of all patterns that start alike. */
interface Node {
  readonly id: number;
  /** What a character leads to. */
  readonly characters: Map<number, Node>;
  /** The same for classes of characters, by what they are called. */
  readonly classes: Map<string, { readonly test: CharacterTest; readonly node: Node }>;
  /** Nodes that are reached without reading: repetitions, and what may be left out. */
  readonly free: Map<string, Node>;
  /** As `free`, before the first character alone. */
  atStart: Node | undefined;
  /** It is reached again by each of these characters. */
  readonly repeats: CharacterTest | undefined;
  accepted: number;
  lastLiveException: number;
  /** The round of `close` that met it. */
  seen: number;
}

interface Machine {
  nodes: number;
  round: number;
  known: Map<number, State[]>;
  remembered: number;
  /** Counts how often everything was forgotten. */
  generation: number;
}

function createNode(id: number, repeats?: CharacterTest): Node {
  return {
    id,
    characters: new Map(),
    classes: new Map(),
    free: new Map(),
    atStart: undefined,
    repeats,
    accepted: -1,
    lastLiveException: -1,
    seen: 0,
  };
}

function addPattern(
  machine: Machine,
  start: Node,
  { elements, isException, index }: AutomatonPattern & { readonly index: number },
): void {
  let node = start;
  for (const element of elements) {
    if (isException) node.lastLiveException = index;
    node = follow(machine, node, { element, live: isException ? index : -1 });
  }
  node.accepted = index;
  if (isException && node.repeats !== undefined) node.lastLiveException = index;
}

/** The node behind an element, made when no earlier pattern has it. */
function follow(
  machine: Machine,
  node: Node,
  { element, live }: { readonly element: Element; readonly live: number },
): Node {
  switch (element.kind) {
    case "character":
      return childOf(node.characters, element.code, () => createNode(machine.nodes++));
    case "class": {
      const { test, name } = element;
      return childOf(node.classes, name, () => ({ test, node: createNode(machine.nodes++) })).node;
    }
    case "many":
      return childOf(node.free, element.name, () => createNode(machine.nodes++, element.test));
    case "directories": {
      // Either nothing, or anything up to a slash: both lead to the same node.
      const inside = childOf(node.free, element.name, () => createNode(machine.nodes++, element.test));
      const behind = childOf(inside.characters, slash, () => createNode(machine.nodes++));
      node.free.set(`${element.name}/`, behind);
      inside.lastLiveException = Math.max(inside.lastLiveException, live);
      return behind;
    }
    case "start":
      node.atStart ??= createNode(machine.nodes++);
      return node.atStart;
  }
}

const slash = 0x2f;

function childOf<Key, Child>(children: Map<Key, Child>, key: Key, make: () => Child): Child {
  const child = children.get(key) ?? make();
  children.set(key, child);
  return child;
}

/** The nodes that can be reached without reading a character, in order. */
function close(machine: Machine, from: readonly Node[], where: "start" | "inside"): readonly Node[] {
  const round = ++machine.round;
  const found: Node[] = [];
  const waiting = [...from];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.seen === round) continue;
    node.seen = round;
    found.push(node);
    if (node.free.size > 0) waiting.push(...node.free.values());
    if (where === "start" && node.atStart !== undefined) waiting.push(node.atStart);
  }
  return found.sort((left, right) => left.id - right.id);
}

interface State extends AutomatonState {
  readonly nodes: readonly Node[];
}

function internState(machine: Machine, nodes: readonly Node[]): State {
  const hash = hashOf(nodes);
  const found = machine.known.get(hash)?.find((state) => isEqual(state.nodes, nodes));
  if (found !== undefined) return found;
  if (machine.remembered > maxRememberedNodes) {
    machine.known.clear();
    machine.remembered = 0;
    machine.generation++;
  }
  machine.remembered += nodes.length + 16;
  const state = createState(machine, nodes);
  childOf(machine.known, hash, () => []).push(state);
  return state;
}

function createState(machine: Machine, nodes: readonly Node[]): State {
  let transitions = new Map<number, State>();
  let { generation } = machine;
  const state: State = {
    nodes,
    accepted: nodes.reduce((last, node) => Math.max(last, node.accepted), -1),
    lastLiveException: nodes.reduce((last, node) => Math.max(last, node.lastLiveException), -1),
    next: (code) => {
      const known = generation === machine.generation ? transitions.get(code) : undefined;
      if (known !== undefined) return known;
      const target = nodes.length === 0 ? state : internState(machine, advance(machine, nodes, code));
      if (generation !== machine.generation) {
        transitions = new Map();
        ({ generation } = machine);
      }
      transitions.set(code, target);
      return target;
    },
  };
  return state;
}

function advance(machine: Machine, nodes: readonly Node[], code: number): readonly Node[] {
  const targets: Node[] = [];
  for (const node of nodes) {
    if (node.repeats?.(code) === true) targets.push(node);
    const child = node.characters.get(code);
    if (child !== undefined) targets.push(child);
    for (const { test, node: behind } of node.classes.values()) if (test(code)) targets.push(behind);
  }
  return close(machine, targets, "inside");
}

/** FNV-1a over the nodes. */
function hashOf(nodes: readonly Node[]): number {
  let hash = 0x811c9dc5;
  for (const { id } of nodes) hash = Math.imul(hash ^ id, 0x01000193);
  return hash;
}

function isEqual(left: readonly Node[], right: readonly Node[]): boolean {
  return left.length === right.length && left.every((node, index) => node === right[index]);
}
