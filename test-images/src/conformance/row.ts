import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One case of a set: what we say and what the data says, compared as JSON. */
export interface Row {
  readonly name: string;
  readonly actual: unknown;
  readonly expected: unknown;
  /** How many checks of each kind made the row, where rows are made of checks. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** A set of cases in the data directory. */
export interface ConformanceSet {
  readonly name: string;
  /** A file or directory that must be there for the set to run. */
  readonly needs: string;
  readonly rows: (data: string) => Iterable<Row> | AsyncIterable<Row>;
}

export function readJson<Type>(data: string, path: string): Type {
  return JSON.parse(readFileSync(join(data, path), "utf8")) as Type;
}

/** One JSON document a line. */
export function readJsonLines<Type>(data: string, path: string): readonly Type[] {
  return readFileSync(join(data, path), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Type);
}

/** What `work` gives, or that it failed; the wording of errors is not compared. */
export function resultOf<Result>(work: () => Result): Result | { readonly error: true } {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error) || isBug(error)) throw error;
    return { error: true };
  }
}

function isBug(error: Error): boolean {
  return error instanceof TypeError || error instanceof ReferenceError;
}

/** A row as JSON with sorted keys, so that the order of fields does not matter. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    item !== null && typeof item === "object" && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : item,
  );
}
