import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { DifferentialCase } from "./case.ts";
import { cases } from "./cases/all.ts";
import { compareImages } from "./compare.ts";
import { writeCase } from "./context.ts";
import type { Explanation } from "./explained/explanation.ts";
import { explained } from "./explained/all.ts";
import { type BuiltImage, readImage } from "./image.ts";
import { type Comparison, judge } from "./judge.ts";
import { startBuildah } from "./peers/buildah.ts";
import { startDocker } from "./peers/docker.ts";
import type { Builder, PeerName } from "./peers/peer.ts";
import { removeWithMounts } from "./remove.ts";
import { installLine, missingPackages, testTools } from "../tools.ts";
import { startTsbuild } from "./peers/tsbuild.ts";

/**
 * `npm run differential [-- --only TEXT ... --keep --snapshotter NAME --runtime NAME]`: builds every case with tsbuild, with Debian's
 * buildah and with the BuildKit in Debian's dockerd, and compares the images layer by layer. Needs root, a temporary directory that
 * overlayfs and user attributes work on, and no network. 1 when something differs that is not explained, or is explained in vain.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true, default: [""] },
      keep: { type: "boolean", default: false },
      snapshotter: { type: "string", default: "overlay" },
      runtime: { type: "string", default: "helper" },
    },
  });
  const missing = missingPackages(testTools, process.env["PATH"] ?? "");
  if (missing.length > 0 || process.getuid?.() !== 0) {
    console.error(
      missing.length > 0 ? `install first: ${installLine(missing)}` : "buildah and dockerd need root",
    );
    return 2;
  }
  const wanted = cases.filter(({ name }) => values.only.some((text) => name.includes(text)));
  const tsbuildOptions = ["--snapshotter", values.snapshotter, "--runtime", values.runtime];
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-differential-"));
  try {
    const found = await compareAll(wanted, { directory, tsbuildOptions });
    const report = judge(
      found,
      explained.map((each) => onlyOf(each, wanted)),
    );
    for (const line of report.lines) console.log(line);
    return report.succeeded ? 0 : 1;
  } finally {
    if (values.keep) console.log(`kept: ${directory}`);
    else await removeWithMounts(directory);
  }
}

/** What is explained of the cases that are run. */
function onlyOf(explanation: Explanation, wanted: readonly DifferentialCase[]): Explanation {
  const names = new Set(wanted.map(({ name }) => name));
  const kept = Object.entries(explanation.differences).filter(
    ([name]) => names.has(name) || !known.has(name),
  );
  return { ...explanation, differences: Object.fromEntries(kept) };
}

/** Of a case that there is not, whatever is run: nothing can explain it. */
const known: ReadonlySet<string> = new Set(cases.map(({ name }) => name));

interface Setting {
  readonly directory: string;
  readonly tsbuildOptions: readonly string[];
}

async function compareAll(
  wanted: readonly DifferentialCase[],
  { directory, tsbuildOptions }: Setting,
): Promise<Comparison[]> {
  const startedSeconds = Math.floor(Date.now() / 1000);
  await using tsbuild = await startTsbuild(directory, tsbuildOptions);
  await using buildah = await startBuildah(directory, tsbuild.base.oci);
  await using docker = await startDocker(directory, tsbuild.base.docker);
  const found: Comparison[] = [];
  for (const each of wanted) {
    const place = join(directory, each.name);
    mkdirSync(place);
    const written = await writeCase(place, each);
    const build = async (name: string, builder: Builder): Promise<Outcome> => {
      const archive = join(place, `${name}.tar`);
      const failure = await builder.build(each, written, archive);
      return failure === undefined ? { image: await readImage(archive) } : { failure };
    };
    const [ours, ...theirs] = await Promise.all([
      build("tsbuild", tsbuild),
      build("buildah", buildah),
      build("docker", docker),
    ]);
    for (const [at, peer] of (["buildah", "docker"] as const).entries())
      found.push({ name: each.name, peer, ...compareOutcomes(ours, theirs[at]!, { peer, startedSeconds }) });
  }
  return found;
}

type Outcome = { readonly image: BuiltImage } | { readonly failure: string };

/** Two that refuse a case agree: what they say is theirs. */
function compareOutcomes(
  ours: Outcome,
  theirs: Outcome,
  options: { readonly peer: PeerName; readonly startedSeconds: number },
): Pick<Comparison, "differences" | "failure"> {
  if ("image" in ours && "image" in theirs)
    return { differences: compareImages(ours.image, theirs.image, options), failure: undefined };
  if ("failure" in ours && "failure" in theirs) return { differences: [], failure: undefined };
  const told = (outcome: Outcome): string => ("image" in outcome ? "built" : "refused");
  const failure = "failure" in ours ? ours.failure : "failure" in theirs ? theirs.failure : undefined;
  return { differences: [{ part: "outcome", what: `${told(ours)} | ${told(theirs)}` }], failure };
}

process.exitCode = await main();
