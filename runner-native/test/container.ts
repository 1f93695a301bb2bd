import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { containerSpec, type ContainerSpecOptions } from "../src/container-spec.ts";
import type { MadeDirectory, RunResult, Runtime } from "../src/runtime.ts";
import type { OciSpec } from "../src/spec.ts";

const applets =
  "sh true echo ls cat id sleep mount env pwd stat mknod hostname kill readlink dd test touch mkdir grep tr wc rm cut sed setsid ln mv tail";

/** A store directory of a test: one busybox layer, and a fresh upper directory for each run. */
export interface TestRoot extends Disposable {
  readonly directory: string;
  /** The only layer, to be changed by a test before it runs something. */
  readonly layer: string;
  newOverlay(): { kind: "overlay"; lower: readonly string[]; upper: string; work: string };
}

export function makeTestRoot(): TestRoot {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-runtime-"));
  chmodSync(directory, 0o755);
  const layer = join(directory, "layer");
  mkdirSync(join(layer, "bin"), { recursive: true });
  mkdirSync(join(layer, "etc"));
  copyFileSync("/bin/busybox", join(layer, "bin/busybox"));
  for (const applet of applets.split(" ")) symlinkSync("busybox", join(layer, "bin", applet));
  writeFileSync(join(layer, "etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
  let runs = 0;
  return {
    directory,
    layer,
    newOverlay: () => {
      const run = join(directory, `run-${runs++}`);
      mkdirSync(join(run, "upper"), { recursive: true });
      mkdirSync(join(run, "work"));
      return { kind: "overlay", lower: [layer], upper: join(run, "upper"), work: join(run, "work") };
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export interface TestRunOptions extends Partial<ContainerSpecOptions> {
  readonly runtime: Runtime;
  readonly root: TestRoot;
  readonly argv: readonly string[];
  readonly signal?: AbortSignal;
  readonly rootfs?: ReturnType<TestRoot["newOverlay"]>;
  readonly onOutput?: (text: string) => void;
  readonly change?: (spec: OciSpec) => OciSpec;
  readonly madeDirectory?: MadeDirectory;
}

export interface TestRun extends RunResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in a busybox container and collects what it prints. */
export async function runInContainer({
  runtime,
  root,
  signal = new AbortController().signal,
  rootfs = root.newOverlay(),
  onOutput,
  change = (spec) => spec,
  madeDirectory,
  ...spec
}: TestRunOptions): Promise<TestRun> {
  const output = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  const oci = change(
    containerSpec({ env: ["PATH=/bin"], cwd: "/", user: { uid: 0, gid: 0 }, network: "host", ...spec }),
  );
  const result = await runtime.run(
    { id: "contract", oci, rootfs, ...(madeDirectory && { madeDirectory }) },
    {
      signal,
      onOutput: (stream, chunk) => {
        output[stream].push(chunk);
        onOutput?.(Buffer.from(chunk).toString());
      },
    },
  );
  return { ...result, stdout: textOf(output.stdout), stderr: textOf(output.stderr) };
}

function textOf(chunks: readonly Uint8Array[]): string {
  return Buffer.concat(chunks).toString();
}

/** Runs a shell script in a busybox container. */
export function runScript(script: string, options: Omit<TestRunOptions, "argv">): Promise<TestRun> {
  return runInContainer({ ...options, argv: ["sh", "-c", script] });
}
