import { generateKeyPairSync } from "node:crypto";
import { lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Row } from "../row.ts";
import { type ContextStep, NotRunnable, type RecordedBuild, type RecordedTest } from "./case.ts";
import { corrections } from "./corrections.ts";
import { runBuild } from "./command.ts";
import {
  type BuildPlace,
  commandLine,
  isQuestion,
  keyName,
  localMount,
  secretsOf,
  wantsKey,
} from "./command-line.ts";
import { writeContext } from "./context.ts";
import { repositoryValues } from "./git-repositories.ts";
import { exportedLayout } from "./layouts.ts";
import { uploadOf } from "./remote-contexts.ts";
import { judge, outcomeProblem, type Verdict } from "./judge.ts";
import { deviceOptions, prepareMachine } from "./machine.ts";
import { handChecks } from "./checks/all.ts";
import type { Built } from "./built.ts";
import { valuesOf } from "./test-values.ts";
import { startWebServer, type WebServer } from "./web-server.ts";

/** Runs the builds of a test one after another; a row for each. */
export async function runTest({ test, builds }: RecordedTest, store: string): Promise<readonly Row[]> {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-integration-"));
  const earlier = new Map<number, Built>();
  const rows: Row[] = [];
  try {
    await using server = await startWebServer();
    await using machine = await prepareMachine(test);
    const repositories = repositoryValues(test, server, join(directory, "repositories"));
    const values = new Map([...valuesOf(test, server), ...repositories, ...machine.values]);
    for (const [index, recorded] of builds.entries()) {
      const name = `${test} ${index}`;
      const build = { ...recorded, ...corrections[name] };
      const place = placeOf(join(directory, String(index)), { values, earlier });
      const { problem, counts } = await outcome(name, build, { place, earlier, server, store });
      rows.push({
        name,
        actual: problem ?? "as recorded",
        expected: "as recorded",
        ...(counts ? { counts } : {}),
      });
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return rows;
}

interface Around {
  readonly values: ReadonlyMap<string, string>;
  readonly earlier: ReadonlyMap<number, Built>;
}

function placeOf(directory: string, { values: known, earlier }: Around): BuildPlace {
  const layout = exportedLayout(earlier);
  const values = layout === undefined ? known : new Map([...known, ["digest", layout.digest]]);
  const place = {
    context: join(directory, "context"),
    output: join(directory, "output"),
    secrets: join(directory, "secrets"),
    layout: layout?.directory,
    values,
  };
  mkdirSync(place.context, { recursive: true });
  mkdirSync(place.secrets);
  return place;
}

interface BuildSurroundings {
  readonly place: BuildPlace;
  /** The builds before; this one is added. */
  readonly earlier: Map<number, Built>;
  readonly server: WebServer;
  readonly store: string;
}

/** What is wrong with the build, if anything. */
async function outcome(
  name: string,
  build: RecordedBuild,
  { place, earlier, server, store }: BuildSurroundings,
): Promise<Partial<Verdict>> {
  const index = Number(name.split(" ")[1]);
  const hand = handChecks[name];
  try {
    await prepare(build, place);
    const asked = server.requests().length;
    const refusal = await refusalProblem(build, place, store);
    if (refusal !== undefined) return { problem: refusal };
    const test = name.replace(/ .*/, "");
    const devices = deviceOptions(test, `${place.context}.devices`);
    const options = [...devices, ...commandLine(build, place, hand?.exports)];
    const input = options.at(-1) === "-" ? uploadOf(test) : undefined;
    const ended = await runBuild(options, { store, cwd: place.context, input });
    const requests = server.requests().slice(asked);
    const built = { place, ended, earlier: new Map(earlier), requests };
    earlier.set(index, built);
    return judge(wantsGrant(build) ? { ...build, expect: { result: "success" } } : build, built, hand);
  } catch (error) {
    if (!(error instanceof NotRunnable)) throw error;
    return { problem: `needs ${error.message}` };
  }
}

/**
 * A build with entitlements is recorded as a daemon that grants none sees it. There is no daemon here: what was to be refused is
 * refused without the option, and with it the build succeeds, as the test's program wants it of a daemon that grants them.
 */
function wantsGrant({ entitlements, expect }: RecordedBuild): boolean {
  return entitlements !== undefined && expect.result === "error";
}

async function refusalProblem(
  build: RecordedBuild,
  place: BuildPlace,
  store: string,
): Promise<string | undefined> {
  if (!wantsGrant(build)) return undefined;
  const { entitlements: _, ...without } = build;
  const options = commandLine(without, place, undefined);
  const ended = await runBuild(options, { store, cwd: place.context, input: undefined });
  const problem = outcomeProblem(build, { ended, place });
  return problem && `without its entitlements ${problem}`;
}

async function prepare(build: RecordedBuild, place: BuildPlace): Promise<void> {
  if (build.api_call !== undefined && !isQuestion(build))
    throw new NotRunnable(`BuildKit's API: ${build.api_call}`);
  const { context = [] } = build;
  const { values } = place;
  if (typeof context === "string") throw new NotRunnable("a context of the test's program");
  await writeContext(place.context, context.map(stepOfData), values);
  await writeContext(place.context, dockerfileStep(build, place), values);
  for (const [name, steps] of Object.entries(build.extra_local_mounts ?? {})) {
    mkdirSync(localMount(place, name), { recursive: true });
    await writeContext(localMount(place, name), steps, values);
  }
  for (const [id, value] of (build.session ?? []).flatMap(secretsOf))
    writeFileSync(join(place.secrets, id), value);
  if ((build.session ?? []).some(wantsKey)) writeFileSync(join(place.secrets, keyName), newKey());
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  return privateKey.export({ format: "pem", type: "pkcs8" }).toString();
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

function stepOfData(step: ContextStep | string): ContextStep {
  if (typeof step === "string") throw new NotRunnable("files of the test's program");
  return step;
}
