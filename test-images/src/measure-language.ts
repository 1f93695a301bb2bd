import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import {
  createPathMatcher,
  lower,
  parseDockerfile,
  type PathCursor,
  parseIgnoreFile,
} from "@tsbuild/builder";

/**
 * What the language costs, in CPU milliseconds: `node test-images/src/measure-language.ts [--runs N]`. Cold is the first
 * call in a process of its own, its modules loaded; warm is the median of those that follow.
 */
const { values } = parseArgs({
  options: { runs: { type: "string", default: "5" }, only: { type: "string" } },
});

/** Instructions as real files have them, each line different. */
function manyLines(count: number): string {
  const lines = Array.from({ length: count - 4 }, (_, index) => {
    const kinds = [
      `RUN apt-get install -y package-${index} && rm -rf /var/lib/apt/lists/*`,
      `COPY --chown=1000:1000 src/file-${index}.ts lib/ $DIR/part-${index}/`,
      `ENV NAME_${index % 100}=\${DIR}/value-${index}`,
      `LABEL org.example.label-${index}="value of $DIR"`,
      `ARG VERSION_${index % 50}=1.${index}`,
      `RUN echo "$DIR" \\`,
      `  && touch /tmp/${index}`,
      `WORKDIR /app/${index}`,
      `RUN --mount=type=cache,target=/cache/${index} make target-${index}`,
      `# the next step`,
    ];
    return kinds[index % kinds.length];
  });
  return ["FROM scratch AS base", "ENV DIR=/app", ...lines, "FROM base", "CMD run"].join("\n");
}

/** As in a repository with generated rules: names, suffixes, exceptions and double stars. */
function ignoreFile(count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const kinds = [
      `dir-${index}/cache`,
      `**/*.ext${index}`,
      `!keep-${index}.txt`,
      `src/**/gen-${index}`,
      `tmp-${index}*`,
    ];
    return kinds[index % kinds.length];
  }).join("\n");
}

const work: Readonly<Record<string, () => void>> = {
  "lower a Dockerfile of 4,000 lines": () => {
    const dockerfile = parseDockerfile("Dockerfile", manyLines(4000));
    lower(dockerfile, { buildPlatform: { os: "linux", architecture: "amd64" } }, () => undefined);
  },
  "decide 100,000 paths by 10,000 patterns": () => {
    const root = createPathMatcher(parseIgnoreFile(ignoreFile(10_000))).root();
    let excluded = 0;
    for (let directory = 0; directory < 1000; directory++) {
      const cursor: PathCursor = root
        .enter(directory % 2 === 0 ? "src" : `dir-${directory}`)
        .enter(`sub-${directory}`);
      for (let file = 0; file < 100; file++)
        if (cursor.enter(`name-${directory}-${file}.ext${file}`).isExcluded) excluded++;
    }
    if (excluded === 0) throw new Error("no path is excluded: the patterns are not read");
  },
};

/** Of the thread that does it: what else the machine does hardly shows. */
function cpuOf(run: () => void): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[numbers.length >> 1] ?? Number.NaN;
}

const runs = Number(values.runs);
if (values.only !== undefined) {
  const run = work[values.only] ?? (() => undefined);
  const cold = cpuOf(run);
  const warm = Array.from({ length: runs }, () => cpuOf(run));
  console.log(JSON.stringify({ cold, warm: median(warm) }));
} else {
  for (const name of Object.keys(work)) {
    const samples = Array.from({ length: runs }, () => {
      const child = [process.argv[1] ?? "", "--only", name];
      return JSON.parse(execFileSync(process.execPath, child, { encoding: "utf8" })) as Sample;
    });
    const cold = median(samples.map((sample) => sample.cold));
    const warm = median(samples.map((sample) => sample.warm));
    console.log(
      `${name.padEnd(42)} cold ${cold.toFixed(0).padStart(5)} ms   warm ${warm.toFixed(0).padStart(5)} ms`,
    );
  }
}

interface Sample {
  readonly cold: number;
  readonly warm: number;
}
