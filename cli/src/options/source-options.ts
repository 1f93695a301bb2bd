import type { BuildRequest, LocalContext } from "@tsbuild/builder";
import type { SshPaths } from "../ssh/agents.ts";
import type { Terminal } from "../terminal.ts";

/** A path or an http(s) URL, the text itself with the name that messages give it, or its bytes. */
export type DockerfileSource = string | BuildRequest["dockerfile"] | AsyncIterable<Uint8Array>;

/** Where a build's sources come from. */
export interface SourceOptions extends Pick<BuildRequest, "buildArgs" | "secrets" | "beforeWork"> {
  /**
   * A directory, an http(s) URL, a git repository, or the bytes of a tar in any compression. What is no archive behind a URL or in a
   * stream is the Dockerfile itself.
   */
  readonly context: string | AsyncIterable<Uint8Array>;
  /** Only what lies in this directory of the context is the context; the Dockerfile is still looked for in all of it. */
  readonly contextSubPath?: string;
  /** A path is one inside a context that is no directory. Default: `Dockerfile`, else `dockerfile` in the context. */
  readonly dockerfile?: DockerfileSource;
  /** The store directory; default `$TSBUILD_ROOT`, else the system's for root and the user's own otherwise. */
  readonly storeRoot?: string;
  readonly caCertificates?: readonly string[];
  /**
   * For `RUN --mount=type=ssh`, by id: the socket of an agent, or key files; an empty list is `$SSH_AUTH_SOCK`. Repositories behind ssh
   * are asked for with the one called `default`; a context of its own accord with `$SSH_AUTH_SOCK`.
   */
  readonly ssh?: SshPaths;
}

/** What sources have of the world around; `say` hears what is worth knowing. */
export interface SourcePlace extends Pick<Terminal, "env" | "cwd" | "signal"> {
  readonly say: (message: string) => void;
}

/** What the reading of a source takes. */
export interface SourceReading {
  readonly options: SourceOptions;
  readonly place: SourcePlace;
}

/** What a build reads, ready to be read: its context as a directory, its Dockerfile as text. What was received goes with it. */
export interface BuildSources extends AsyncDisposable {
  readonly context: LocalContext;
  readonly dockerfile: BuildRequest["dockerfile"];
}
