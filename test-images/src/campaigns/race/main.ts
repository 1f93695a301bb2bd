import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadBase } from "../../load-base.ts";
import { startTsbuild } from "../soak/command.ts";

/**
 * Builds from a context that other processes change as fast as they can; nothing from outside it may come into a layer, and every
 * build ends, by itself, with an image or with an error: `node test-images/src/campaigns/race/main.ts [--rounds 200] [--seed 1]`.
 */
const { values } = parseArgs({
  options: { rounds: { type: "string", default: "200" }, seed: { type: "string", default: "1" } },
});
const secret = "OUTSIDE-THE-CONTEXT";
/** A build that reads a fifo, or /dev/zero, would not end. */
const limitMs = 60_000;
const swapper = join(import.meta.dirname, "swapper.ts");

const dockerfiles = [
  "FROM scratch\nCOPY . /all\n",
  "FROM scratch\nCOPY d0 d1/ /some/\nCOPY --parents d2/deep/f* d3/f1? /parents/\nADD d4/f* /added/\n",
  "FROM busybox\nRUN --mount=type=bind,target=/context cp -r /context/. /copied 2>/dev/null || true\n",
];

const directory = mkdtempSync(join(tmpdir(), "tsbuild-race-"));
const [context, outside, store] = ["context", "outside", "store"].map((name) => join(directory, name)) as [
  string,
  string,
  string,
];
const swappers: ChildProcess[] = [];
const counts = { built: 0, refused: 0 };
const problems: string[] = [];

async function startSwapper(seed: number): Promise<void> {
  const child = spawn(process.execPath, [swapper, context, outside, String(seed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  swappers.push(child);
  await once(child.stdout as NonNullable<typeof child.stdout>, "data");
}

async function race(number: number): Promise<void> {
  const file = join(directory, "Dockerfile");
  writeFileSync(file, dockerfiles[number % dockerfiles.length] as string);
  const output = join(directory, "image.tar");
  rmSync(output, { force: true });
  const words = [
    "build",
    "--progress",
    "plain",
    "--no-cache",
    "-f",
    file,
    "-o",
    `type=tar,dest=${output}`,
    context,
  ];
  const running = startTsbuild(store, words);
  const timer = setTimeout(() => {
    problems.push(`round ${number}: the build does not end`);
    process.kill(-running.pid, "SIGKILL");
  }, limitMs);
  const { code, stderr } = await running.ended;
  clearTimeout(timer);
  counts[code === 0 ? "built" : "refused"]++;
  const shown = code === 0 ? readFileSync(output) : Buffer.from(stderr);
  if (shown.includes(secret)) problems.push(`round ${number}: what lies outside was read:\n${stderr}`);
  if (code !== 0 && code !== 1 && code !== 2) problems.push(`round ${number}: exit code ${code}:\n${stderr}`);
  if (code !== 0 && !/changed while|not usable|not found|no such file|cannot be/i.test(stderr))
    problems.push(`round ${number}: an unexpected error:\n${stderr}`);
  if (/^\s+at /m.test(stderr)) problems.push(`round ${number}: a stack:\n${stderr}`);
}

try {
  for (const each of [context, outside]) mkdirSync(each);
  for (const name of ["secret", "f0", "f5", "f10", "below"])
    writeFileSync(join(outside, name), secret.repeat(500));
  await loadBase(store, "busybox");
  await startSwapper(Number(values.seed));
  await startSwapper(Number(values.seed) + 1);
  for (let number = 0; number < Number(values.rounds); number++) await race(number);
} finally {
  for (const child of swappers) child.kill("SIGKILL");
  await Promise.all(
    swappers.map(async (child) => child.exitCode ?? child.signalCode ?? (await once(child, "exit"))),
  );
  rmSync(directory, { recursive: true, force: true });
}
for (const problem of problems) console.log(problem);
console.log(`${counts.built} built, ${counts.refused} refused: ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
