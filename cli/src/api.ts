/**
 * tsbuild as a library: `for await (const event of build({ context: ".", tags: ["app"] })) …`
 * @module
 */
export type {
  BuildEvent,
  BuildResult,
  BuildRun,
  CallAnswer,
  CallName,
  ExportRequest,
  PlannedStep,
  PullPolicy,
} from "@tsbuild/builder";
export type { CompressionForm } from "@tsbuild/layers";
export { type ExitCode, type SourceLocation, TsbuildError } from "@tsbuild/runner-native";
export { type BuildOptions, build } from "./build.ts";
export { call } from "./call.ts";
export type { DockerfileSource } from "./options/source-options.ts";
export type { RuntimeName, SnapshotterName } from "./options/runner-choice.ts";
