import type { MountStub, RunUsage } from "../runtime.ts";

/** What the helper says while it runs; native/report.c writes it. */
export type HelperReport =
  | { readonly kind: "pid"; readonly pid: number }
  | { readonly kind: "error"; readonly errno: number; readonly stage: string; readonly path: string }
  | { readonly kind: "stub"; readonly stub: MountStub }
  | { readonly kind: "exit"; readonly code: number; readonly signal: number; readonly usage: RunUsage };

const reportKind = { pid: 1, error: 2, stub: 3, exit: 4 } as const;
const headerBytes = 8;

/** Gives a function that takes the stream in pieces of any size and calls `onReport` for each whole report. */
export function createReportReader(onReport: (report: HelperReport) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= headerBytes) {
      const end = headerBytes + pending.readUInt32LE(4);
      if (pending.length < end) return;
      const report = parseReport(pending.readUInt32LE(0), pending.subarray(headerBytes, end));
      pending = pending.subarray(end);
      if (report !== undefined) onReport(report);
    }
  };
}

function parseReport(kind: number, payload: Buffer): HelperReport | undefined {
  switch (kind) {
    case reportKind.pid:
      return { kind: "pid", pid: payload.readUInt32LE(0) };
    case reportKind.error:
      return parseError(payload);
    case reportKind.stub:
      return { kind: "stub", stub: parseStub(payload) };
    case reportKind.exit:
      return {
        kind: "exit",
        code: payload.readUInt32LE(0),
        signal: payload.readUInt32LE(4),
        usage: {
          userMs: Number(payload.readBigUInt64LE(8)) / 1000,
          systemMs: Number(payload.readBigUInt64LE(16)) / 1000,
          maxRssBytes: Number(payload.readBigUInt64LE(24)),
        },
      };
    default:
      return undefined;
  }
}

function parseError(payload: Buffer): HelperReport {
  const stageEnd = payload.indexOf(0, 4);
  return {
    kind: "error",
    errno: payload.readUInt32LE(0),
    stage: payload.toString("utf8", 4, stageEnd),
    path: payload.toString("utf8", stageEnd + 1),
  };
}

function parseStub(payload: Buffer): MountStub {
  return {
    type: payload.readUInt32LE(0) === 0 ? "file" : "directory",
    parentMtimeNanoseconds: payload.readUInt32LE(4),
    parentMtimeSeconds: Number(payload.readBigInt64LE(8)),
    path: payload.toString("latin1", 16),
  };
}
