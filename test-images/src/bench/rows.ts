import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** One contender's command line for one workload. */
export interface Contender {
  readonly name: string;
  /** `build(context, …)` as an argv; `cache` says whether earlier results may be used. */
  build(workload: Workload): string[];
}

export interface Workload {
  readonly context: string;
  /** Path of the file. */
  readonly dockerfile: string;
  readonly store: string;
  readonly tag: string;
  readonly cache: "use" | "ignore";
}

/** A benchmark row: what is timed, what is made ready before each timed run, and what the project demands. */
export interface Row {
  readonly name: string;
  readonly what: string;
  readonly requiredSeconds: number;
  readonly folder: string;
  readonly dockerfile?: string;
  readonly cache?: "ignore";
  /** "warm": the same build has run before in this store. "base": only the base is there. "empty": nothing is. */
  readonly before: "warm" | "base" | "empty";
  /** Done before each timed run, after the warm-up. */
  readonly change?: (context: string, run: number) => void;
}

const touch = (context: string, run: number): void =>
  writeFileSync(join(context, "touch.txt"), `run ${run} ${process.pid}\n`);

export const rows: readonly Row[] = [
  { name: "W1", what: "12 instructions, all cached", requiredSeconds: 0.1, folder: "W1", before: "warm" },
  {
    name: "W2",
    what: "30 x RUN true, uncached",
    requiredSeconds: 0.35,
    folder: "W2",
    dockerfile: "Dockerfile.true",
    cache: "ignore",
    before: "base",
  },
  { name: "W3", what: "COPY of 50,000 files, cold", requiredSeconds: 2.5, folder: "W3", before: "base" },
  {
    name: "W3-inc",
    what: "COPY of 50,000 files, one touched",
    requiredSeconds: 1.8,
    folder: "W3",
    before: "warm",
    change: touch,
  },
  {
    name: "W3-same",
    what: "COPY of 50,000 files, unchanged",
    requiredSeconds: 0.5,
    folder: "W3",
    before: "warm",
  },
  { name: "W5", what: "pull 610 MB and RUN true", requiredSeconds: 4.5, folder: "W5", before: "empty" },
  {
    name: "W7",
    what: "six stages of sleep 1",
    requiredSeconds: 1.25,
    folder: "W7",
    cache: "ignore",
    before: "base",
  },
  {
    name: "W9",
    what: "100,000 files, 95 % ignored, cold",
    requiredSeconds: 0.8,
    folder: "W9",
    before: "base",
  },
  {
    name: "W9-inc",
    what: "100,000 files, 95 % ignored, one touched",
    requiredSeconds: 0.5,
    folder: "W9",
    before: "warm",
    change: touch,
  },
];

export function tsbuildContender(command: string): Contender {
  return {
    name: "tsbuild",
    build: ({ context, dockerfile, store, tag, cache }) => [
      process.execPath,
      command,
      "build",
      "--root",
      join(store, "tsbuild"),
      "--progress",
      "plain",
      ...(cache === "ignore" ? ["--no-cache"] : []),
      "-f",
      dockerfile,
      "-t",
      tag,
      context,
    ],
  };
}

export const buildahContender: Contender = {
  name: "buildah",
  build: ({ context, dockerfile, store, tag, cache }) => [
    "buildah",
    "--root",
    join(store, "buildah"),
    "--runroot",
    join(store, "buildah-run"),
    "bud",
    "--layers",
    "--jobs",
    "0",
    "--runtime",
    "runc",
    "--tls-verify=false",
    ...(cache === "ignore" ? ["--no-cache"] : []),
    "-f",
    dockerfile,
    "-t",
    tag,
    context,
  ],
};
