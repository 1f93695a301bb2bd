/** Numbers that look random; a seed gives the same ones every time. */
export interface Chance {
  /** 0 to limit - 1. */
  below(limit: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

/** xorshift32. */
export function createChance(seed: number): Chance {
  // Spread first (Knuth's multiplier): neighbours would begin alike.
  let state = Math.imul(seed, 2_654_435_761) >>> 0 || 1;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  return { below, pick: (items) => items[below(items.length)] as (typeof items)[number] };
}
