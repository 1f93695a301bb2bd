export {
  type ErrorDetails,
  type ErrorTable,
  type ExitCode,
  errorMaker,
  runnerError,
  runnerErrorCodes,
  type SourceLocation,
  SyscallError,
  TsbuildError,
} from "./errors.ts";
export type { FileStat, FileType, OpenOptions, RootDir } from "./root-dir/root-dir.ts";
export type {
  MountStub,
  Rootfs,
  RunIo,
  RunOutcome,
  RunResult,
  RunSpec,
  Runtime,
  RunUsage,
} from "./runtime.ts";
export type { OciLinux, OciMount, OciProcess, OciSpec, OciUser } from "./spec.ts";
export {
  bytesFromText,
  fsPath,
  joinTreePath,
  nameOf,
  parentOf,
  parseTreePath,
  rootPath,
  textFromBytes,
  type TreePath,
} from "./tree-path.ts";
