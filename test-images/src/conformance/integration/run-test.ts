import { lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Row } from "../row.ts";
import { type ContextStep, NotRunnable, type RecordedBuild, type RecordedTest } from "./case.ts";
import { corrections } from "./corrections.ts";
import { runBuild } from "./command.ts";
import { type BuildPlace, commandLine, localMount, secretsOf } from "./command-line.ts";
import { writeContext } from "./context.ts";
import { judge } from "./judge.ts";
import { valuesOf } from "./test-values.ts";
import type { WebServer } from "./web-server.ts";

/** What the builds of a run share. */
export interface Surroundings {
  readonly store: string;
  readonly server: WebServer;
}

/** Runs the builds of a test one after another; a row for each. */
export async function runTest({ test, builds }: RecordedTest, around: Surroundings): Promise<readonly Row[]> {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-integration-"));
  const rows: Row[] = [];
  try {
    const values = valuesOf(test, around.server);
    for (const [index, recorded] of builds.entries()) {
      const name = `${test} ${index}`;
      const build = { ...recorded, ...corrections[name] };
      const place = placeOf(join(directory, String(index)), values);
      const problem = await outcome(build, place, around.store);
      rows.push({ name, actual: problem ?? "as recorded", expected: "as recorded" });
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return rows;
}

function placeOf(directory: string, values: ReadonlyMap<string, string>): BuildPlace {
  const place = {
    context: join(directory, "context"),
    output: join(directory, "output"),
    secrets: join(directory, "secrets"),
    values,
  };
  mkdirSync(place.context, { recursive: true });
  mkdirSync(place.secrets);
  return place;
}

/** Why the build is not as recorded, or nothing. */
async function outcome(build: RecordedBuild, place: BuildPlace, store: string): Promise<string | undefined> {
  try {
    await prepare(build, place);
    const ended = await runBuild(store, commandLine(build, place), place.context);
    return judge(build, ended, place.output, place.values);
  } catch (error) {
    if (error instanceof NotRunnable) return `needs ${error.message}`;
    throw error;
  }
}

async function prepare(build: RecordedBuild, place: BuildPlace): Promise<void> {
  if (build.api_call !== undefined) throw new NotRunnable(`BuildKit's API: ${build.api_call}`);
  if (build.cache_exports !== undefined || build.cache_imports !== undefined)
    throw new NotRunnable("a cache that is exported or imported");
  const { context = [] } = build;
  const { values } = place;
  if (typeof context === "string") throw new NotRunnable("a context of the test's program");
  await writeContext(place.context, context, values);
  await writeContext(place.context, dockerfileStep(build, place), values);
  for (const [name, steps] of Object.entries(build.extra_local_mounts ?? {})) {
    mkdirSync(localMount(place, name), { recursive: true });
    await writeContext(localMount(place, name), steps, values);
  }
  for (const [id, value] of (build.session ?? []).flatMap(secretsOf))
    writeFileSync(join(place.secrets, id), value);
}

/** The Dockerfile, unless the steps of the context have made it. */
function dockerfileStep(
  { dockerfile, frontend_attrs: attributes }: RecordedBuild,
  { context }: BuildPlace,
): ContextStep[] {
  const path = (typeof attributes === "object" ? attributes["filename"] : undefined) ?? "Dockerfile";
  const isMade = lstatSync(join(context, path), { throwIfNoEntry: false }) !== undefined;
  return dockerfile === undefined || isMade ? [] : [{ op: "CreateFile", path, content: dockerfile }];
}
