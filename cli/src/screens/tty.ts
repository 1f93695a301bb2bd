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
      // It is laid out apart from the rest, as wide as its longest line would like to be.
      style: { width: "100%" },
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
  if (said.kind === "notice") return h(Text, { ...(hasColor && { color: "yellow" }) }, said.text);
  const { row } = said;
  const { color, text } = doneLine(row);
  const time = row.status === "cached" ? "" : formatSeconds((row.endedMs ?? row.startedMs) - row.startedMs);
  return h(TimedLine, { text, time, ...(hasColor && { color }) });
}

function doneLine(row: RowState): { readonly color: string; readonly text: string } {
  switch (row.status) {
    case "cached":
      return { color: "blue", text: ` => CACHED ${row.name}` };
    case "failed":
      return { color: "red", text: ` => ERROR ${row.name}` };
    case "cancelled":
      return { color: "yellow", text: ` => CANCELED ${row.name}` };
    case "waiting":
    case "running":
    case "done":
      return { color: "green", text: ` => ${row.name}` };
  }
}

interface TimedLineProps {
  readonly text: string;
  readonly time: string;
  readonly color?: string;
}

/** One line: a text that is too long loses its end, the time behind it never. */
function TimedLine({ text, time, color }: TimedLineProps): ReactElement {
  const style = color === undefined ? {} : { color };
  return h(
    Box,
    { flexDirection: "row" },
    h(Box, { flexShrink: 1 }, h(Text, { wrap: "truncate", ...style }, firstLine(text))),
    h(Box, { flexShrink: 0 }, h(Text, style, time === "" ? "" : ` ${time}`)),
  );
}

function firstLine(text: string): string {
  const end = text.indexOf("\n");
  return end < 0 ? text : `${text.slice(0, end)}…`;
}

function RunningRow({ row, nowMs }: { readonly row: RowState; readonly nowMs: number }): ReactElement {
  const frame = spinner[Math.floor(nowMs / frameMs) % spinner.length];
  const open = [...row.transfers.values()].filter((each) => each.doneBytes !== each.totalBytes);
  return h(
    Box,
    { flexDirection: "column" },
    h(TimedLine, { text: `${frame} => ${row.name}`, time: formatSeconds(nowMs - row.startedMs) }),
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
