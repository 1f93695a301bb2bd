import type { Exception } from "../exceptions.ts";

/** Builds that cannot be run here, or not yet, by the reason. A row is `test build`. */
const reasons: Readonly<Record<string, readonly string[]>> = {};

export const integrationExceptions: readonly Exception[] = Object.entries(reasons).flatMap(([reason, rows]) =>
  rows.map((row) => ({ set: "buildkit-integration", row, reason })),
);
