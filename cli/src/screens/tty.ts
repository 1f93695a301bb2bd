import type { BuildEvent } from "@tsbuild/builder";
import { Box, render, Static, Text } from "ink";
import { createElement as h, type ReactElement } from "react";
import { formatSeconds, formatSize } from "../format.ts";
import {
  type BuildState,
  createStateReducer,
  emptyState,
  type RowState,
  type Said,
  type TransferState,
} from "./build-state.ts";
import type { Screen } from "./screen.ts";

/** Redraws at most this often; a faster screen only costs the build its processor. */
const frameMs = 80;
const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** The live screen on a terminal: steps with times, the tail of what runs, transfer bars; leaves a compact summary behind. */
export function createTtyScreen(stream: NodeJS.WriteStream, { now, hasColor }: TtyOptions): Screen {
  const reduce = createStateReducer();
  let startedMs: number | undefined;
  let state = emptyState;
  const view = (): ReactElement => {
    const nowMs = now();
    return h(BuildView, { state, nowMs, startedMs: startedMs ?? nowMs, hasColor });
  };
  const ink = render(view(), {
    stdout: stream,
    stderr: stream,
    patchConsole: false,
    exitOnCtrlC: false,
  });
  const draw = (): void => ink.rerender(view());
  const timer = setInterval(draw, frameMs);
  return {
    show: (event: BuildEvent) => {
      // The screen may start later than the build.
      startedMs ??= event.timeMs;
      state = reduce(state, event);
    },
    close: async () => {
      clearInterval(timer);
      draw();
      ink.unmount();
      await ink.waitUntilExit();
    },
  };
}

interface TtyOptions {
  readonly now: () => number;
  /** False where NO_COLOR is set. */
  readonly hasColor: boolean;
}

interface BuildViewProps {
  readonly state: BuildState;
  readonly nowMs: number;
  readonly startedMs: number;
  readonly hasColor: boolean;
}

/** The whole screen for one state: what is over stands above for good, what runs stands below and moves. */
export function BuildView({ state, nowMs, startedMs, hasColor }: BuildViewProps): ReactElement {
  const rows = [...state.rows.values()];
  const over = rows.filter((row) => row.endedMs !== undefined);
  const running = rows.filter((row) => row.status === "running");
  const shown = rows.filter((row) => row.status !== "waiting");
  return h(
    Box,
    { flexDirection: "column" },
    h(Static, {
      items: [...state.said],
      children: (said, at) => h(SaidLine, { key: at, said: said as Said, hasColor }),
    }),
    h(
      Text,
      { bold: true },
      `[+] Building ${formatSeconds(nowMs - startedMs)} (${over.length}/${shown.length})`,
    ),
    ...running.map((row) => h(RunningRow, { key: row.id, row, nowMs })),
  );
}

function SaidLine({ said, hasColor }: { readonly said: Said; readonly hasColor: boolean }): ReactElement {
  const { color, text } = said.kind === "notice" ? { color: "yellow", text: said.text } : doneLine(said.row);
  const wrap = said.kind === "notice" ? "wrap" : "truncate";
  return h(Text, { wrap, ...(hasColor ? { color } : {}) }, text);
}

function doneLine(row: RowState): { readonly color: string; readonly text: string } {
  const time = formatSeconds((row.endedMs ?? row.startedMs) - row.startedMs);
  switch (row.status) {
    case "cached":
      return { color: "blue", text: ` => CACHED ${row.name}` };
    case "failed":
      return { color: "red", text: ` => ERROR ${row.name} ${time}` };
    case "cancelled":
      return { color: "yellow", text: ` => CANCELED ${row.name} ${time}` };
    case "waiting":
    case "running":
    case "done":
      return { color: "green", text: ` => ${row.name} ${time}` };
  }
}

function RunningRow({ row, nowMs }: { readonly row: RowState; readonly nowMs: number }): ReactElement {
  const frame = spinner[Math.floor(nowMs / frameMs) % spinner.length];
  const open = [...row.transfers.values()].filter((each) => each.doneBytes !== each.totalBytes);
  return h(
    Box,
    { flexDirection: "column" },
    h(Text, { wrap: "truncate" }, `${frame} => ${row.name} ${formatSeconds(nowMs - row.startedMs)}`),
    ...open.map((each) => h(Text, { key: each.what, wrap: "truncate" }, `   ${transferLine(each)}`)),
    ...row.tail.map((text, at) => h(Text, { key: at, dimColor: true, wrap: "truncate" }, `   # ${text}`)),
  );
}

/** `sha256:0123… ████░░░░ 12MB / 40MB` */
function transferLine({ what, doneBytes, totalBytes }: TransferState): string {
  if (totalBytes === undefined) return `${what} ${formatSize(doneBytes)}`;
  const width = 20;
  const full = totalBytes === 0 ? width : Math.floor((doneBytes / totalBytes) * width);
  return `${what} ${"█".repeat(full)}${"░".repeat(width - full)} ${formatSize(doneBytes)} / ${formatSize(totalBytes)}`;
}
