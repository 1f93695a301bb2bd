import type { Token } from "./place.ts";
import type { ScannedInstruction } from "./scan/scan.ts";

/** One instruction with typed fields; variables are not expanded yet. */
export type Instruction =
  | FromInstruction
  | ArgInstruction
  | EnvInstruction
  | LabelInstruction
  | MaintainerInstruction
  | CopyInstruction
  | AddInstruction
  | RunInstruction
  | CmdInstruction
  | EntrypointInstruction
  | ShellInstruction
  | WorkdirInstruction
  | UserInstruction
  | ExposeInstruction
  | VolumeInstruction
  | StopsignalInstruction
  | HealthcheckInstruction
  | OnbuildInstruction;

interface Common {
  readonly scanned: ScannedInstruction;
}

export interface FromInstruction extends Common {
  readonly kind: "from";
  readonly base: Token;
  /** Lower case. */
  readonly stageName: string | undefined;
  /** As written, with the keyword before it. */
  readonly as: { readonly keyword: Token; readonly name: Token } | undefined;
  readonly platform: string | undefined;
  /** The comment `# name description` above it. */
  readonly description: string;
}

export interface Argument {
  readonly name: string;
  readonly value: string | undefined;
  readonly token: Token;
  readonly description: string;
}

export interface ArgInstruction extends Common {
  readonly kind: "arg";
  readonly args: readonly Argument[];
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly isLegacy: boolean;
  readonly token: Token;
}

export interface EnvInstruction extends Common {
  readonly kind: "env";
  readonly pairs: readonly KeyValue[];
}

export interface LabelInstruction extends Common {
  readonly kind: "label";
  readonly pairs: readonly KeyValue[];
}

export interface MaintainerInstruction extends Common {
  readonly kind: "maintainer";
  readonly author: string;
}

/** A heredoc as a source of COPY or ADD. */
export interface InlineSource {
  readonly name: string;
  readonly content: string;
  readonly expand: boolean;
}

interface CopyLike extends Common {
  readonly sources: readonly Token[];
  readonly inline: readonly InlineSource[];
  readonly destination: Token;
  readonly chown: string;
  readonly chmod: string;
  readonly link: boolean;
  readonly exclude: readonly string[];
}

export interface CopyInstruction extends CopyLike {
  readonly kind: "copy";
  readonly from: string;
  readonly parents: boolean;
}

export interface AddInstruction extends CopyLike {
  readonly kind: "add";
  readonly checksum: string;
  readonly keepGitDir: boolean | undefined;
  readonly unpack: boolean | undefined;
}

/** A command in shell form (one string for the shell) or exec form. */
export interface Command {
  readonly form: "shell" | "exec";
  readonly words: readonly string[];
}

/** A heredoc of RUN. */
export interface InlineFile {
  readonly name: string;
  readonly content: string;
  readonly chomp: boolean;
}

export interface RunDevice {
  readonly name: string;
  readonly required: boolean;
}

export interface RunInstruction extends Common {
  readonly kind: "run";
  readonly command: Command;
  readonly files: readonly InlineFile[];
  /** The values of `--mount`, still to be expanded and read. */
  readonly mounts: readonly Token[];
  readonly network: "default" | "none" | "host";
  readonly security: "sandbox" | "insecure";
  readonly devices: readonly RunDevice[];
}

export interface CmdInstruction extends Common {
  readonly kind: "cmd";
  readonly command: Command;
}

export interface EntrypointInstruction extends Common {
  readonly kind: "entrypoint";
  readonly command: Command;
}

export interface ShellInstruction extends Common {
  readonly kind: "shell";
  readonly shell: readonly string[];
}

export interface WorkdirInstruction extends Common {
  readonly kind: "workdir";
  readonly path: string;
}

export interface UserInstruction extends Common {
  readonly kind: "user";
  readonly user: string;
}

export interface ExposeInstruction extends Common {
  readonly kind: "expose";
  /** Sorted as strings. */
  readonly ports: readonly string[];
}

export interface VolumeInstruction extends Common {
  readonly kind: "volume";
  readonly volumes: readonly string[];
}

export interface StopsignalInstruction extends Common {
  readonly kind: "stopsignal";
  readonly signal: string;
}

/** Durations are nanoseconds; 0 means: as in the base image. */
export interface Healthcheck {
  readonly test: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly startInterval: number;
  readonly retries: number;
}

export interface HealthcheckInstruction extends Common {
  readonly kind: "healthcheck";
  readonly health: Healthcheck;
}

export interface OnbuildInstruction extends Common {
  readonly kind: "onbuild";
  /** The trigger as it is stored in the image, heredoc bodies included. */
  readonly trigger: string;
}
