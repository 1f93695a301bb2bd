/** One Dockerfile that tsbuild and its peers build, aimed at one behaviour. */
export interface DifferentialCase {
  /** Says which behaviour, as words with hyphens; unique. */
  readonly name: string;
  readonly dockerfile: string;
  /**
   * A shell script that fills the context directory, run there with umask 022 by root. Afterwards everything in it has the same
   * time, so that times can be compared. Left out: an empty context.
   */
  readonly context?: string;
  /** Dockerfile of an image that each builder makes first with the same context and calls `differential-base`. */
  readonly base?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly target?: string;
}
