/** Numbers that look random and are the same on every run. */
export interface Chance {
  /** 0 to limit - 1. */
  below(limit: number): number;
}

export function chance(seed: number): Chance {
  let state = seed >>> 0 || 1;
  return {
    below(limit) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % limit;
    },
  };
}

const block = 512;
/** Where the fields of a header begin, and how long they are. */
const headerFields = [
  [0, 100],
  [100, 8],
  [108, 8],
  [116, 8],
  [124, 12],
  [136, 12],
  [156, 1],
  [157, 100],
  [257, 8],
  [329, 8],
  [337, 8],
  [345, 155],
] as const;
const values = [
  "",
  "\0",
  "0",
  "00000000001\0",
  "00000001000\0",
  "77777777777\0",
  "-1",
  "\x80",
  "\xff\xff\xff",
  " 1 ",
  "../",
  "/",
  "a/",
  "ustar",
  "x",
  "5",
  "L",
  "g",
  "1",
  "2",
];

type Mutation = (tar: Buffer, by: Chance) => Buffer;

const mutations: readonly Mutation[] = [
  (tar, by) => {
    tar[by.below(tar.length)] = by.below(256);
    return tar;
  },
  (tar, by) => {
    const [at, length] = headerFields[by.below(headerFields.length)] as readonly [number, number];
    const value = Buffer.from(values[by.below(values.length)] as string, "latin1");
    value.copy(tar, by.below(tar.length / block) * block + at, 0, length);
    return tar;
  },
  (tar, by) => withBlockMoved(tar, by.below(tar.length / block), by.below(tar.length / block), "copied"),
  (tar, by) => withBlockMoved(tar, by.below(tar.length / block), by.below(tar.length / block), "moved"),
  (tar, by) => Buffer.from(tar.subarray(0, by.below(8) === 0 ? by.below(tar.length) : tar.length)),
];

/** One to three changes; most mutants then get right checksums, so that what lies behind those is tried too. */
export function mutant(original: Buffer, by: Chance): Buffer {
  let tar: Buffer = Buffer.from(original);
  for (let count = by.below(3); count >= 0 && tar.length >= block; count--)
    tar = (mutations[by.below(mutations.length)] as Mutation)(tar, by);
  if (by.below(5) > 0) for (let at = 0; at + block <= tar.length; at += block) mendChecksum(tar, at);
  return tar;
}

function withBlockMoved(tar: Buffer, from: number, to: number, how: "copied" | "moved"): Buffer {
  const blocks = Array.from({ length: Math.floor(tar.length / block) }, (_, at) =>
    tar.subarray(at * block, at * block + block),
  );
  const [moved] = how === "moved" ? blocks.splice(from, 1) : [blocks[from]];
  if (moved) blocks.splice(to, 0, moved);
  return Buffer.concat(blocks);
}

function mendChecksum(tar: Buffer, at: number): void {
  if (tar.toString("latin1", at + 257, at + 262) !== "ustar") return;
  tar.fill(" ", at + 148, at + 156);
  let sum = 0;
  for (let index = at; index < at + block; index++) sum += tar[index] as number;
  tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
}
