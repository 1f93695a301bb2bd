import type { PeerName } from "../peers/peer.ts";

/**
 * Whose a difference is. older: BuildKit did so in Debian's docker, and its newer code does what tsbuild does. peer: the peer has a rule of
 * its own. limit: the peer cannot. storage: another way to write the same file system as a layer. ours: tsbuild on purpose.
 */
export type Kind = "older" | "peer" | "limit" | "storage" | "ours";

export const kinds: readonly Kind[] = ["older", "peer", "limit", "storage", "ours"];

/** Differences with one reason. One that is not there any more fails the run. */
export interface Explanation {
  readonly peer: PeerName;
  readonly kind: Kind;
  readonly why: string;
  /** By case, the lines as the run prints them: ours before theirs. */
  readonly differences: Readonly<Record<string, readonly string[]>>;
}
