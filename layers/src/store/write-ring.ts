/** Slabs a thread hands to another, which writes them: enough that neither waits for the other's hiccups. */
const slabs = 4;
export const slabBytes: number = 1 << 20;

/** Instead of the length of a slab: what there was is to be finished, or thrown away. */
export const ringEnd = { finish: -1, abandon: -2 } as const;

/** How the writing thread stands; `finished` and `failed` come with a message in the slab of the end. */
export const ringState = { running: 0, finished: 1, failed: 2 } as const;

/** The memory both threads share. Each of the first three words is written by one of them alone. */
export interface WriteRing {
  readonly shared: SharedArrayBuffer;
  /** Slabs filled, slabs emptied, the state; then the length of each slab. */
  readonly words: Int32Array<SharedArrayBuffer>;
}

export const ringWord = { filled: 0, emptied: 1, state: 2 } as const;
const firstLength = 3;
const headerBytes = 64;
const messageBytes = 1 << 12;

export function createWriteRing(): WriteRing {
  return openWriteRing(new SharedArrayBuffer(headerBytes + messageBytes + slabs * slabBytes));
}

export function openWriteRing(shared: SharedArrayBuffer): WriteRing {
  return { shared, words: new Int32Array(shared, 0, headerBytes / 4) };
}

/** The slab of the n-th chunk. */
export function slabOf({ shared }: WriteRing, chunk: number): Buffer {
  return Buffer.from(shared, headerBytes + messageBytes + (chunk % slabs) * slabBytes, slabBytes);
}

export function lengthOf({ words }: WriteRing, chunk: number): number {
  return words[firstLength + (chunk % slabs)] as number;
}

/** The next slab goes to the other thread. */
export function passOn({ words }: WriteRing, length: number): void {
  words[firstLength + ((words[ringWord.filled] as number) % slabs)] = length;
  Atomics.add(words, ringWord.filled, 1);
  Atomics.notify(words, ringWord.filled);
}

/** True while every slab is with the writing thread. */
export function isFull({ words }: WriteRing): boolean {
  return (words[ringWord.filled] as number) - Atomics.load(words, ringWord.emptied) >= slabs;
}

/** What the writing thread has to say at its end: a digest, or an error. */
export function messageIn({ shared }: WriteRing): string {
  const bytes = Buffer.from(shared, headerBytes, messageBytes);
  return bytes.toString("utf8", 0, bytes.indexOf(0));
}

export function putMessage({ shared }: WriteRing, text: string): void {
  const bytes = Buffer.from(shared, headerBytes, messageBytes);
  bytes[bytes.write(text, 0, messageBytes - 1)] = 0;
}
