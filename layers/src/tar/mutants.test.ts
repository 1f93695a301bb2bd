import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TsbuildError } from "@tsbuild/runner-native";
import fc from "fast-check";
import { arbitraryEntry } from "../../testing/arbitrary-entries.ts";
import { chance, mutant } from "../../testing/mutants.ts";
import { bsdtarListings, type Listed, ownListing, pythonListings } from "../../testing/other-readers.ts";
import { readTar, tarOf } from "../../testing/tars.ts";
import { scratch } from "../../testing/trees.ts";

/** Small archives of every writer at hand. */
function originals(): Buffer[] {
  using directory = scratch();
  const root = directory.path;
  mkdirSync(join(root, "d"));
  writeFileSync(join(root, "d/f"), "some content");
  symlinkSync("f", join(root, "d/l"));
  writeFileSync(join(root, "n".repeat(120)), "long");
  const made = ["gnu", "posix", "ustar"].map((format) =>
    execFileSync(
      "tar",
      [`--format=${format}`, "-b1", "-cf", "-", "d", ...(format === "ustar" ? [] : ["n".repeat(120)])],
      {
        cwd: root,
      },
    ),
  );
  const ours = fc
    .sample(fc.array(arbitraryEntry, { minLength: 1, maxLength: 3 }), { numRuns: 20, seed: 3 })
    .map((entries) => tarOf(...entries.map(({ entry, content }) => [entry, content] as const)));
  return [...made, ...ours];
}

interface Accepted {
  readonly tar: Buffer;
  readonly listing: readonly Listed[];
}

/** Reads mutants; what is refused must be refused in words. Each comes with what other readers have to agree with. */
function acceptedMutants(count: number, seed: number): Accepted[] {
  const by = chance(seed);
  const seeds = originals();
  const accepted: Accepted[] = [];
  for (let at = 0; at < count; at++) {
    const tar = mutant(seeds[at % seeds.length] as Buffer, by);
    try {
      readTar(tar, 1 + by.below(2000));
      accepted.push({ tar, listing: ownListing(tar) });
    } catch (error) {
      assert.ok(error instanceof TsbuildError, `seed ${seed}, mutant ${at}: ${String(error)}`);
    }
  }
  return accepted;
}

/** GNU's own header keeps a time where POSIX has the prefix of the name; Python takes it for one all the same. */
function hasTimeForPrefix(tar: Buffer): boolean {
  for (let at = 0; at + 512 <= tar.length; at += 512)
    if (tar.toString("latin1", at + 257, at + 265) === "ustar  \0" && tar[at + 345] !== 0) return true;
  return false;
}

test("whatever is done to an archive, it is read or refused in words", { timeout: 120_000 }, () => {
  assert.ok(acceptedMutants(6000, 20_261_121).length > 500);
});

test("what is accepted, Python and bsdtar read as we do, or refuse", { timeout: 120_000 }, () => {
  const accepted = acceptedMutants(1500, 42)
    .filter(({ tar }) => !hasTimeForPrefix(tar))
    .slice(0, 400);
  const tars = accepted.map(({ tar }) => tar);
  const some = tars.slice(0, 100);
  for (const [reader, listings] of [
    ["Python", pythonListings(tars)],
    ["bsdtar", bsdtarListings(some)],
  ] as const)
    for (const [at, listing] of listings.entries())
      if (listing !== "refused")
        assert.deepEqual(listing, accepted[at]?.listing, `${reader}, accepted mutant ${at}`);
});
