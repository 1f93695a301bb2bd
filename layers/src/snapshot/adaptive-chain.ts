import { TsbuildError } from "@tsbuild/runner-native";
import type { LowerChain } from "./lower-chain.ts";
import { openMountedChain } from "./mounted-chain.ts";
import { openTreeChain } from "./tree-chain.ts";

/** Looking into so many trees costs about as much as mounting ten (0.2 ms). */
const affordableLooks = 30;

/**
 * The trees of a chain (absolute paths, topmost first) for lookups: each tree by itself at first, which is cheapest for the few
 * entries of a small RUN, and merged in a mount when there are many.
 */
export function openLowerChain(trees: readonly string[]): LowerChain {
  let chain: LowerChain | undefined;
  let looks = 0;
  let mayMount = true;
  const counted = (): LowerChain => {
    looks += trees.length;
    if (mayMount && looks > affordableLooks) {
      mayMount = false;
      const mounted = tryMount(trees);
      if (mounted) chain?.[Symbol.dispose]();
      chain = mounted ?? chain;
    }
    chain ??= openTreeChain(trees);
    return chain;
  };
  return {
    lookup: (path) => counted().lookup(path),
    list: (directory) => counted().list(directory),
    [Symbol.dispose]: () => chain?.[Symbol.dispose](),
  };
}

/** Undefined where the kernel cannot: before 6.7 it merges only a few in a detached mount. */
function tryMount(trees: readonly string[]): LowerChain | undefined {
  try {
    return openMountedChain(trees);
  } catch (error) {
    if (error instanceof TsbuildError && error.code === "FEATURE_MISSING") return undefined;
    throw error;
  }
}
