import { constants } from "node:os";
import type { Socket } from "node:net";
import { runnerError } from "../errors.ts";
import type { MountStub, RunIo, RunUsage } from "../runtime.ts";
import type { HelperProcess } from "./helper-process.ts";
import { createReportReader, type HelperReport } from "./reports.ts";
import type { StepStdio } from "./stdio.ts";

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
  readonly helper: () => HelperProcess;
  readonly spec: Buffer;
  readonly io: RunIo;
  /** Between SIGTERM and the end of everything, when cancelled. */
  readonly graceMs: number;
}

/** Output still in the pipes when the container is gone is there at once; whoever holds a pipe longer is not waited for. */
const drainMs = 250;

/** Gives a helper its spec and waits until everything in the container is gone. */
export async function runHelper({ helper, spec, io, graceMs }: HelperRun): Promise<HelperEnd> {
  io.signal.throwIfAborted();
  const { control, stdio } = helper();
  const output = stdio.readInto(io.onOutput);
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

/** SIGTERM first, so that the command can tidy up; then the end of the control stream kills everything. */
function cancelOnAbort(signal: AbortSignal, control: Socket, graceMs: number): () => void {
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

async function readReports(control: Socket, spec: Buffer): Promise<HelperEnd> {
  const stubs: MountStub[] = [];
  let error: HelperEnd["error"];
  const exit = await new Promise<Extract<HelperReport, { kind: "exit" }> | undefined>((resolve) => {
    const read = createReportReader((report) => {
      if (report.kind === "stub") stubs.push(report.stub);
      else if (report.kind === "error") error ??= report;
      else if (report.kind === "exit") resolve(report);
    });
    control.on("data", read);
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
