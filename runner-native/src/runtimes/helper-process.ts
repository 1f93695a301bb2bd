import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { Duplex } from "node:stream";
import { runnerError } from "../errors.ts";
import type { MountStub, RunIo, RunUsage } from "../runtime.ts";
import type { HelperBinary } from "./helper-binary.ts";
import { createReportReader, type HelperReport } from "./reports.ts";
import { openStepStdio, type StepStdio } from "./stdio.ts";

/** How a helper ended: what it reported, in order of weight. */
export interface HelperEnd {
  readonly error: Extract<HelperReport, { kind: "error" }> | undefined;
  readonly code: number;
  /** 0 when it ended by itself. */
  readonly signal: number;
  readonly usage: RunUsage | undefined;
  readonly stubs: readonly MountStub[];
}

export interface HelperRun {
  readonly binary: HelperBinary;
  readonly spec: Buffer;
  readonly io: RunIo;
  /** Between SIGTERM and the end of everything, when cancelled. */
  readonly graceMs: number;
}

/** Output still in the pipes when the container is gone is there at once; whoever holds a pipe longer is not waited for. */
const drainMs = 250;

/** Starts the helper with a spec and waits until everything in the container is gone. */
export async function runHelper({ binary, spec, io, graceMs }: HelperRun): Promise<HelperEnd> {
  io.signal.throwIfAborted();
  const stdio = openStepStdio();
  const child = startHelper(binary, stdio);
  const output = stdio.readInto(io.onOutput);
  const control = child.stdio[3] as Duplex;
  const stopCancelling = cancelOnAbort(io.signal, control, graceMs);
  try {
    const end = await readReports(control, spec);
    await drain(output, stdio);
    io.signal.throwIfAborted();
    return end;
  } finally {
    stopCancelling();
    control.destroy();
    stdio.stop();
  }
}

function startHelper(binary: HelperBinary, stdio: StepStdio): ChildProcess {
  const { spawn } = process.getBuiltinModule("node:child_process");
  let problem: unknown;
  try {
    for (const program of binary.candidates) {
      const child = spawn(program, [], { stdio: [...stdio.childFds, "pipe"], env: {} });
      child.on("error", (error) => (problem = error));
      if (child.pid !== undefined) return child;
    }
  } finally {
    stdio.closeChildFds();
  }
  throw runnerError("HELPER_MISSING", `${binary.candidates.join(" or ")} could not be started`, {
    cause: problem,
    hint: "check that the file is executable and its file system is not mounted noexec",
  });
}

/** SIGTERM first, so that the command can tidy up; then the end of the control stream kills everything. */
function cancelOnAbort(signal: AbortSignal, control: Duplex, graceMs: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  const cancel = (): void => {
    control.write(Buffer.from([constants.signals.SIGTERM]));
    timer = setTimeout(() => control.end(), graceMs);
  };
  signal.addEventListener("abort", cancel, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
  };
}

async function readReports(control: Duplex, spec: Buffer): Promise<HelperEnd> {
  const stubs: MountStub[] = [];
  let error: HelperEnd["error"];
  const exit = await new Promise<Extract<HelperReport, { kind: "exit" }> | undefined>((resolve) => {
    const read = createReportReader((report) => {
      if (report.kind === "stub") stubs.push(report.stub);
      else if (report.kind === "error") error ??= report;
      else if (report.kind === "exit") resolve(report);
    });
    control.on("data", read);
    control.on("error", () => control.destroy());
    control.on("close", () => resolve(undefined));
    control.write(spec);
  });
  if (exit) return { error, code: exit.code, signal: exit.signal, usage: exit.usage, stubs };
  if (error) return { error, code: 125, signal: 0, usage: undefined, stubs };
  throw runnerError("RUNTIME_FAILED", "the helper of a build step ended without a report", {
    hint: "it may have been killed for lack of memory: see the kernel's log",
  });
}

async function drain(output: Promise<void>, stdio: StepStdio): Promise<void> {
  const timer = setTimeout(() => stdio.stop(), drainMs);
  await output;
  clearTimeout(timer);
}
