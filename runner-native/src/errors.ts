/**
 * What a failure means to the caller of the command, as its exit code:
 * 1 a RUN failed, 2 usage or Dockerfile error, 3 network, registry or auth,
 * 4 policy or verification, 5 resources (memory, disk, kernel features), 130 cancelled.
 */
export type ExitCode = 1 | 2 | 3 | 4 | 5 | 130;

/** One package's codes, each with the exit code it leads to. */
export type ErrorTable = Readonly<Record<string, ExitCode>>;

/** A place in a text file; lines and columns count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine?: number;
  readonly endColumn?: number;
}

/** What an error says besides its sentence. */
export interface ErrorDetails {
  /** What the user can do about it, without a final full stop. */
  readonly hint?: string;
  readonly cause?: unknown;
  readonly location?: SourceLocation;
}

/** The one error class of tsbuild: a code from a package's table, a sentence that names the thing, a hint. */
export class TsbuildError extends Error {
  override readonly name = "TsbuildError";
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly location: SourceLocation | undefined;

  constructor(code: string, exitCode: ExitCode, sentence: string, details: ErrorDetails = {}) {
    super(visible(sentence), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.exitCode = exitCode;
    this.hint = details.hint === undefined ? undefined : visible(details.hint);
    this.location = details.location;
  }
}

/** Names out of archives and manifests stand in sentences: what would steer the terminal is shown instead (JSON leaves C1 as it is). */
function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** Makes the error constructor of one package, typed by its table of codes. */
export function errorMaker<Table extends ErrorTable>(
  table: Table,
): (code: keyof Table & string, sentence: string, details?: ErrorDetails) => TsbuildError {
  return (code, sentence, details) => new TsbuildError(code, table[code] as ExitCode, sentence, details);
}

/** The codes of this package, each with its exit code: 2 usage, 4 policy, 5 resources of the machine. */
export const runnerErrorCodes = {
  SYSCALL_FAILED: 5,
  PATH_INVALID: 2,
  PATH_ESCAPES: 4,
  FEATURE_MISSING: 5,
  HELPER_MISSING: 5,
  SANDBOX_FAILED: 5,
  RUNTIME_MISSING: 5,
  RUNTIME_FAILED: 5,
  USER_NAMESPACE_FAILED: 5,
  CGROUP_UNUSABLE: 5,
} as const;

/** An error of this package: `sentence` names the thing, the hint says what to do. */
export const runnerError: (
  code: keyof typeof runnerErrorCodes,
  sentence: string,
  details?: ErrorDetails,
) => TsbuildError = errorMaker(runnerErrorCodes);

/** A failed system call: `ENOENT`-style name, the call, and the path it was given. */
export class SyscallError extends TsbuildError {
  readonly errno: number;
  readonly errnoName: string;
  readonly syscall: string;
  readonly path: string | undefined;

  constructor(syscall: string, errno: number, errnoName: string, path?: string) {
    const where = path === undefined ? "" : ` ${JSON.stringify(path)}`;
    super("SYSCALL_FAILED", 5, `${syscall}${where} failed: ${errnoName}`);
    this.errno = errno;
    this.errnoName = errnoName;
    this.syscall = syscall;
    this.path = path;
  }
}
