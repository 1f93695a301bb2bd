import type { BuildEvent } from "@tsbuild/builder";

/** Shows a build. Gets every event in order; `close` once at the end, before any report of a failure. */
export interface Screen {
  show(event: BuildEvent): void;
  close(): Promise<void>;
}

export type ProgressMode = "auto" | "tty" | "plain" | "quiet" | "rawjson";
