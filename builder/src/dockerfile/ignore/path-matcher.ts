import { compileGlob } from "@tsbuild/layers";
import { TsbuildError, textFromBytes } from "@tsbuild/runner-native";
import { builderError } from "../../errors.ts";
import { cleanPath } from "../values/clean-path.ts";
import { type AutomatonState, createAutomaton } from "./automaton.ts";
import { characterAt } from "./characters.ts";
import { trimBytes } from "./ignore-file.ts";
import { type CompiledPattern, compilePattern } from "./ignore-pattern.ts";

/** What is known of one path on a walk from the root: its names must be entered one after the other. */
export interface PathCursor {
  /** The path or a directory above it is excluded, and no later exception takes it back. */
  readonly isExcluded: boolean;
  /** Something below this directory could be taken back by a `!` pattern: an excluded directory must be walked. */
  readonly mayIncludeBelow: boolean;
  /** The entry of that name (a byte string) in this directory. */
  enter(name: string): PathCursor;
}

/** Patterns of a .dockerignore or of COPY --exclude: the last one that matches a path or a directory above it decides. */
export interface PathMatcher {
  /** True when any pattern starts with `!`. */
  readonly hasExceptions: boolean;
  /** Takes any path (a byte string), clean or not. */
  isExcluded(path: string): boolean;
  /** Starts a walk at the root, which no pattern excludes. */
  root(): PathCursor;
}

/**
 * Compiles patterns (byte strings, as `parseIgnoreFile` gives them) with moby's meaning. A walk costs time linear
 * in the length of the names, whatever the number of patterns.
 * @throws PATTERN_INVALID
 */
export function createPathMatcher(patterns: readonly string[]): PathMatcher {
  const compiled = patterns.flatMap((pattern) => compileOne(pattern) ?? []);
  const start = createAutomaton(compiled);
  const verdict = (index: number): boolean => index >= 0 && compiled[index]?.isException === false;
  return {
    hasExceptions: compiled.some(({ isException }) => isException),
    isExcluded: (path) => verdict(lastMatch(start, path)),
    root: () => cursorAt(start, { decided: -1, isRoot: true, verdict }),
  };
}

type PathPattern = CompiledPattern & { readonly isException: boolean };

/** A pattern as moby reads it, for comparing with it. @throws PATTERN_INVALID */
export function compileOne(pattern: string): PathPattern | undefined {
  const trimmed = trimBytes(pattern);
  if (trimmed === "") return undefined;
  const clean = cleanPath(trimmed);
  const isException = clean.startsWith("!");
  if (clean === "!")
    throw builderError("PATTERN_INVALID", 'illegal exclusion pattern: "!"', {
      hint: "write the pattern directly behind the !",
    });
  const bare = isException ? clean.slice(1) : clean;
  try {
    // Moby asks Go's filepath.Match for its opinion of the syntax first.
    compileGlob(bare);
    return { ...compilePattern(bare), isException };
  } catch (error) {
    if (!(error instanceof TsbuildError || error instanceof RangeError)) throw error;
    throw builderError(
      "PATTERN_INVALID",
      `syntax error in pattern ${JSON.stringify(textFromBytes(pattern))}`,
      {
        hint: error instanceof TsbuildError ? (error.hint ?? "") : `it has ${error.message}`,
      },
    );
  }
}

function read(start: AutomatonState, text: string): AutomatonState {
  let state = start;
  for (let at = 0; at < text.length; ) {
    const { code, length } = characterAt(text, at);
    state = state.next(code);
    at += length;
  }
  return state;
}

/** The last pattern that matches the path or one of the directories above it. */
function lastMatch(start: AutomatonState, path: string): number {
  let last = read(start, path).accepted;
  const parent = cleanPath(path.slice(0, path.lastIndexOf("/") + 1));
  if (parent === ".") return last;
  let state = start;
  for (const [index, name] of parent.split("/").entries()) {
    if (index > 0) state = state.next(0x2f);
    state = read(state, name);
    last = Math.max(last, state.accepted);
  }
  return last;
}

function cursorAt(
  state: AutomatonState,
  given: {
    readonly decided: number;
    readonly isRoot: boolean;
    readonly verdict: (index: number) => boolean;
  },
): PathCursor {
  const { decided, isRoot, verdict } = given;
  const below = isRoot ? state : state.next(0x2f);
  return {
    isExcluded: verdict(decided),
    mayIncludeBelow: below.lastLiveException > decided,
    enter: (name) => {
      const entered = read(below, name);
      const last = Math.max(decided, entered.accepted);
      return cursorAt(entered, { decided: last, isRoot: false, verdict });
    },
  };
}
