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

/** Positions kept in remembered states before all are forgotten: bounds memory, whatever the patterns are. */
const maxRememberedPositions = 2_000_000;

/**
 * All patterns as one machine that reads each character once, however many patterns there are: states are sets
 * of positions in the patterns, made when they are first needed (a lazy DFA).
 */
export function createAutomaton(patterns: readonly AutomatonPattern[]): AutomatonState {
  const machine: Machine = layOut(patterns);
  return internState(machine, close(machine, machine.starts, true));
}

interface Machine {
  readonly positions: readonly Position[];
  readonly owners: readonly number[];
  readonly isException: readonly boolean[];
  readonly starts: readonly number[];
  /** When a position was last seen, to take each once a step. */
  readonly marks: Uint32Array;
  round: number;
  readonly known: Map<number, State[]>;
  remembered: number;
}

type Position = Element | { readonly kind: "accept" };

function layOut(patterns: readonly AutomatonPattern[]): Machine {
  const positions: Position[] = [];
  const owners: number[] = [];
  const starts: number[] = [];
  for (const [owner, { elements }] of patterns.entries()) {
    starts.push(positions.length);
    for (const element of elements) positions.push(element);
    positions.push({ kind: "accept" });
    while (owners.length < positions.length) owners.push(owner);
  }
  return {
    positions,
    owners,
    isException: patterns.map(({ isException }) => isException),
    starts,
    marks: new Uint32Array(positions.length),
    round: 0,
    known: new Map(),
    remembered: 0,
  };
}

/** The positions that can be reached without reading a character, in order. */
function close(machine: Machine, from: Iterable<number>, atStart: boolean): Int32Array {
  const { positions, marks } = machine;
  const round = ++machine.round;
  const found: number[] = [];
  const waiting: number[] = [];
  for (const start of from) {
    waiting.push(start);
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (marks[at] === round) continue;
      marks[at] = round;
      const position = positions[at];
      switch (position?.kind) {
        case undefined:
          break;
        case "skip":
          waiting.push(at + 1, at + 1 + position.length);
          break;
        case "start":
          if (atStart) waiting.push(at + 1);
          break;
        case "many":
          found.push(at);
          waiting.push(at + 1);
          break;
        case "one":
        case "accept":
          found.push(at);
          break;
      }
    }
  }
  return Int32Array.from(found).sort();
}

interface State extends AutomatonState {
  readonly set: Int32Array;
}

function internState(machine: Machine, set: Int32Array): State {
  const hash = hashOf(set);
  const found = machine.known.get(hash)?.find((state) => isEqual(state.set, set));
  if (found !== undefined) return found;
  if (machine.remembered > maxRememberedPositions) {
    machine.known.clear();
    machine.remembered = 0;
  }
  machine.remembered += set.length + 16;
  const state = createState(machine, set);
  machine.known.set(hash, [...(machine.known.get(hash) ?? []), state]);
  return state;
}

function createState(machine: Machine, set: Int32Array): State {
  let accepted = -1;
  let lastLiveException = -1;
  for (const at of set) {
    const owner = machine.owners[at] ?? -1;
    if (machine.positions[at]?.kind === "accept") accepted = Math.max(accepted, owner);
    else if (machine.isException[owner] === true) lastLiveException = Math.max(lastLiveException, owner);
  }
  const transitions = new Map<number, State>();
  const state: State = {
    set,
    accepted,
    lastLiveException,
    next: (code) => {
      const known = transitions.get(code);
      if (known !== undefined) return known;
      const target = set.length === 0 ? state : internState(machine, advance(machine, set, code));
      transitions.set(code, target);
      return target;
    },
  };
  return state;
}

function advance(machine: Machine, set: Int32Array, code: number): Int32Array {
  const targets: number[] = [];
  for (const at of set) {
    const position = machine.positions[at];
    if (position?.kind === "one" && position.test(code)) targets.push(at + 1);
    else if (position?.kind === "many" && position.test(code)) targets.push(at);
  }
  return close(machine, targets, false);
}

/** FNV-1a over the positions. */
function hashOf(set: Int32Array): number {
  let hash = 0x811c9dc5;
  for (const at of set) hash = Math.imul(hash ^ at, 0x01000193);
  return hash;
}

function isEqual(left: Int32Array, right: Int32Array): boolean {
  return left.length === right.length && left.every((at, index) => at === right[index]);
}
