import { TsbuildError } from "@tsbuild/runner-native";
import type { LowerChain } from "./lower-chain.ts";
import { openMountedChain } from "./mounted-chain.ts";
import { openTreeChain } from "./tree-chain.ts";

/** Up to so many trees it is cheaper to look into each than to mount them (0.1 ms). */
const fewTrees = 2;

/** The trees of a chain (absolute paths, topmost first) for lookups. */
export function openLowerChain(trees: readonly string[]): LowerChain {
  if (trees.length <= fewTrees) return openTreeChain(trees);
  try {
    return openMountedChain(trees);
  } catch (error) {
    // A kernel before 6.7 merges only a few in a detached mount.
    if (error instanceof TsbuildError && error.code === "FEATURE_MISSING") return openTreeChain(trees);
    throw error;
  }
}
