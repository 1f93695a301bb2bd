export { builderError, builderErrorCodes } from "./errors.ts";
export { type SourceLocation, TsbuildError } from "@tsbuild/runner-native";
export { createEventStream, type EventStream } from "./event-stream.ts";
export type { BuildEvent, EmitEvent, PlannedStep } from "./events.ts";
export type * from "./graph/step.ts";
export type {
  BuilderPorts,
  Clock,
  Downloaded,
  Downloads,
  Git,
  GitAuthorization,
  GitCheckout,
  GitRemote,
  ImageLoader,
  ImageSink,
  ImageSource,
  PullPolicy,
  TransferProgress,
} from "./ports.ts";
export type {
  BuildRequest,
  BuildResult,
  BuildRun,
  ExportRequest,
  ExportTimes,
  LocalContext,
  NamedContext,
} from "./request.ts";
export {
  expand,
  type EscapeCharacter,
  type Expansion,
  type ExpandOptions,
} from "./dockerfile/expand/expand.ts";
export { parseIgnoreFile } from "./dockerfile/ignore/ignore-file.ts";
export { createPathMatcher, type PathCursor, type PathMatcher } from "./dockerfile/ignore/path-matcher.ts";
export { type GitSource, parseGitReference } from "./dockerfile/values/git-source.ts";
export { readSource, type Source } from "./dockerfile/scan/lines.ts";
export { printDockerfile } from "./dockerfile/print.ts";
export { type InstructionRanges, instructionRanges, type VariableRange } from "./dockerfile/ranges.ts";
export { renderError, renderExcerpt } from "./dockerfile/render.ts";
export { answerCall, type CallAnswer, type CallName } from "./call/answer-call.ts";
export { type CheckReport, checkReport, renderCheck } from "./call/check-report.ts";
export { type Outline, type Outlined, outlineOf, renderOutline } from "./call/outline.ts";
export { renderLines } from "./call/render-lines.ts";
export { renderSubrequests, type Subrequest, subrequests } from "./call/subrequests.ts";
export { listTargets, renderTargets, type TargetList } from "./call/targets.ts";
export type { CheckWarning } from "./dockerfile/checks/rule.ts";
export type * from "./dockerfile/instruction.ts";
export { rangeOf, type Segment, type SourceRange, type Token } from "./dockerfile/place.ts";
export type { Directive } from "./dockerfile/scan/directives.ts";
export type { Heredoc } from "./dockerfile/scan/heredoc.ts";
export { type ScannedFile, type ScannedInstruction, scan } from "./dockerfile/scan/scan.ts";
export {
  type Dockerfile,
  findProblems,
  parseDockerfile,
  problemsOf,
  type Stage,
} from "./dockerfile/stages.ts";
export { checkOutRepository, readRepositoryAddress } from "./repositories/context.ts";
export { isBehindSsh, type Repository } from "./repositories/wanted.ts";
export { build } from "./build.ts";
export { authorizationFor, httpSeconds } from "./steps/remote/remote-headers.ts";
export { unpackArchive, type UnpackArchiveOptions } from "./steps/unpack-archive.ts";
export { writeBundle, type WriteBundleOptions } from "./export/bundle.ts";
export { fillDirectory } from "./export/output-directory.ts";
export { writeTree, type WriteTreeOptions, type WrittenTree } from "./export/write-tree.ts";
export { type Checked, type CheckRequest, check } from "./graph/check.ts";
export { lower } from "./graph/lower/lower.ts";
export {
  type BaseLookup,
  type ContextSource,
  isLayoutReference,
  type Lowered,
  type LowerOptions,
  type NeededImage,
  type NeededTime,
  type Needs,
  type RemoteContext,
} from "./graph/options.ts";
export { createTaskGroup, type TaskGroup } from "./solve/task-group.ts";
export { parseBoolean } from "./dockerfile/values/boolean.ts";
export { parseSize } from "./dockerfile/values/size.ts";
export { parseUlimit, type Ulimit } from "./ulimit.ts";
export { agentMessage, type SshAgent, type SshConversation } from "./ssh/agent.ts";
export { createFrameReader, frameMessage } from "./ssh/frames.ts";
export { fitHistory } from "./image/history.ts";
export { type PackedImage, packImage, type PackOptions } from "./image/assemble.ts";
