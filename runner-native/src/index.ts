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
export {
  type ContainerSpecOptions,
  containerSpec,
  defaultCapabilities,
  maskedPaths,
  readonlyPaths,
} from "./container-spec.ts";
export { findHierarchies, type Hierarchy } from "./cgroup/hierarchies.ts";
export { createCrunRuntime } from "./runtimes/crun.ts";
export { createHelperRuntime, defaultGraceMs, type HelperRuntimeOptions } from "./runtimes/helper.ts";
export type { OciRuntimeOptions } from "./runtimes/oci-runtime.ts";
export { overlayOptions } from "./runtimes/overlay-options.ts";
export { maxLowerLayers, mountOverlay, type OverlayLayers } from "./overlay-mount.ts";
export { type OverlayProbe, probeOverlay, probeReflink } from "./probe.ts";
export { createRuncRuntime } from "./runtimes/runc.ts";
export { openRootDir, type RootDirMethod, rootDirFromFd } from "./root-dir/open-root-dir.ts";
export type { FileStat, FileType, OpenOptions, RootDir } from "./root-dir/root-dir.ts";
export { type WalkedEntry, walkTree } from "./root-dir/walk.ts";
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
export type {
  OciLimit,
  OciLinux,
  OciMount,
  OciProcess,
  OciResources,
  OciSpec,
  OciUser,
} from "./spec.ts";
export { check, errnoName, hasErrno, syscallError } from "./sys/check.ts";
export { cloneFile, copyFileRange, startWriteback } from "./sys/copy.ts";
export {
  disabledFeatures,
  isFeatureDisabled,
  type KernelFeature,
  kernelFeatures,
  parseDisabled,
} from "./sys/features.ts";
export {
  chmodAt,
  chownAt,
  currentDirectory,
  linkAt,
  makeDevice,
  mkdirAt,
  mknodAt,
  type NodeType,
  openAt,
  openAt2,
  openFlags,
  readlinkAt,
  renameAt,
  resolveFlags,
  rmdirAt,
  symlinkAt,
  syncFileSystem,
  tryRemoveAt,
  unlinkAt,
  utimesAt,
} from "./sys/files.ts";
export { lockBlocking, type LockMode, tryLock, unlock, waitForLock } from "./sys/lock.ts";
export { createMemfd, sealMemfd } from "./sys/memfd.ts";
export {
  cloneMount,
  fsConfigFlag,
  fsConfigString,
  fsCreate,
  fsMount,
  fsOpen,
  mount,
  mountAttributes,
  mountFlags,
  mountSetattr,
  moveMount,
  unmount,
  unmountFlags,
} from "./sys/mount.ts";
export { makePipe } from "./sys/pipe.ts";
export { fileTypeOf, statAt, tryStatAt } from "./sys/statx.ts";
export { getXattr, listXattrs, removeXattr, setXattr, type XattrTarget } from "./sys/xattr.ts";
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
export { isInUserNamespace, needsUserNamespace, ownershipKind } from "./user-namespace/detect.ts";
export { type EnterOptions, enterUserNamespace } from "./user-namespace/enter.ts";
export type { UserFacts } from "./user-namespace/facts.ts";
export { planUserNamespace, type UserNamespacePlan } from "./user-namespace/plan.ts";
