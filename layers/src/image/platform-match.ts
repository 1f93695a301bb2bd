import type { Descriptor, Platform } from "../descriptor.ts";
import { normalizePlatform } from "./platform.ts";

/** True when an image for `candidate` is what was asked for, by any of its names; no compatible older variants. */
export function isSamePlatform(asked: Platform, candidate: Platform): boolean {
  return rankIn([normalizePlatform(asked)], candidate) === 0;
}

/**
 * How well an image for `candidate` serves who asked for `asked`: 0 is best, undefined not at all. As in containerd, older
 * variants and the 32-bit architecture of the same family serve too: linux/arm/v6 for v7, linux/386 for amd64.
 */
export function platformRank(asked: Platform, candidate: Platform): number | undefined {
  const rank = rankIn(compatible(normalizePlatform(asked)), candidate);
  return rank < 0 ? undefined : rank;
}

/** The best manifest of an index for a platform. One that names no platform serves when no other does. */
export function chooseManifest(manifests: readonly Descriptor[], asked: Platform): Descriptor | undefined {
  let best: { readonly rank: number; readonly manifest: Descriptor } | undefined;
  for (const manifest of manifests) {
    const rank = manifest.platform ? platformRank(asked, manifest.platform) : Number.MAX_SAFE_INTEGER;
    if (rank !== undefined && (!best || rank < best.rank)) best = { rank, manifest };
  }
  return best?.manifest;
}

function rankIn(vector: readonly Platform[], candidate: Platform): number {
  const { os, architecture, variant } = normalizePlatform(candidate);
  return vector.findIndex(
    (platform) =>
      platform.os === os && platform.architecture === architecture && platform.variant === variant,
  );
}

/** All platforms whose programs run on a normalised platform, best first. */
function compatible(platform: Platform): readonly Platform[] {
  const { os, architecture, variant } = platform;
  const named = (name: string, variants: readonly string[]): Platform[] =>
    variants.map((each) => normalizePlatform({ os, architecture: name, variant: each }));
  switch (architecture) {
    case "amd64":
      return [...named("amd64", olderVariants(variant ?? "v1", 1)), { os, architecture: "386" }];
    case "arm":
      return named("arm", olderVariants(variant ?? "v7", 5));
    case "arm64":
      return [...named("arm64", olderArm64(variant ?? "v8")), ...named("arm", olderVariants("v8", 5))];
    default:
      return [platform];
  }
}

/** v3 gives v3, v2, v1. */
function olderVariants(variant: string, oldest: number): string[] {
  const version = /^v([0-9])$/.exec(variant);
  const variants = [variant];
  for (let number = Number(version?.[1] ?? 0) - 1; number >= oldest; number--) variants.push(`v${number}`);
  return variants;
}

/** Armv9.n has all of Armv8.(n+5); minor versions end with 8.9. */
function olderArm64(variant: string): string[] {
  const version = /^v([89])(?:\.([0-9]))?$/.exec(variant);
  if (!version) return [variant];
  const minor = Number(version[2] ?? 0);
  const newestMinor8 = version[1] === "9" ? Math.min(minor + 5, 9) : minor;
  const nines = version[1] === "9" ? countDown(minor).map((each) => `v9.${each}`) : [];
  return [...nines, ...countDown(newestMinor8).map((each) => `v8.${each}`)];
}

function countDown(from: number): number[] {
  return Array.from({ length: from + 1 }, (_, index) => from - index);
}
