import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DifferentialCase } from "./case.ts";
import { mustRun } from "./command.ts";

/** The time of everything in a context: 2020-01-01. */
const contextTime = "2020-01-01T00:00:00Z";

/** What a builder is given: the context directory, and the Dockerfiles beside it, so that no COPY takes them along. */
export interface WrittenCase {
  readonly context: string;
  readonly dockerfile: string;
  readonly base: string | undefined;
}

/** Writes the case below `directory`, which must not exist yet. */
export async function writeCase(directory: string, each: DifferentialCase): Promise<WrittenCase> {
  const context = join(directory, "context");
  mkdirSync(context, { recursive: true });
  const script = `umask 022; set -e\n${each.context ?? ""}\nfind . -depth -exec touch -h -d ${contextTime} '{}' +`;
  await mustRun("sh", ["-c", script], { cwd: context, env: { TZ: "UTC", LC_ALL: "C" } });
  const dockerfile = join(directory, "Dockerfile");
  writeFileSync(dockerfile, each.dockerfile);
  if (each.base === undefined) return { context, dockerfile, base: undefined };
  const base = join(directory, "Dockerfile.base");
  writeFileSync(base, each.base);
  return { context, dockerfile, base };
}
