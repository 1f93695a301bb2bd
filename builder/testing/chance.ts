/** A number from 0 to `limit` - 1. */
export type Chance = (limit: number) => number;

/** Numbers that look random (xorshift32); the same seed gives the same ones. */
export function createChance(seed: number): Chance {
  // Seeds that follow each other must not start alike.
  let state = Math.imul((seed >>> 0) + 1, 0x9e3779b1) >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

export function oneOf<Item>(chance: Chance, items: readonly Item[]): Item {
  const item = items[chance(items.length)];
  if (item === undefined) throw new RangeError("there is nothing to choose from");
  return item;
}
