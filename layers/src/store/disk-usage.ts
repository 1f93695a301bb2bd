import { type BigIntStats, lstatSync, readdirSync } from "node:fs";
import { errnoOf, isMissing } from "./failure.ts";

/** statfs block unit of st_blocks. */
const blockBytes = 512;

/** The bytes that removing a file or a tree gives back; a file with several names counts once, what may not be read not at all. */
export function diskUsage(path: string): number {
  const seen = new Set<bigint>();
  let bytes = 0;
  const pending: (string | Buffer)[] = [path];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const stat = tryStat(next);
    if (!stat || (stat.nlink > 1n && !stat.isDirectory() && seen.has(stat.ino))) continue;
    seen.add(stat.ino);
    bytes += Number(stat.blocks) * blockBytes;
    if (stat.isDirectory()) pending.push(...childrenOf(next));
  }
  return bytes;
}

function tryStat(path: string | Buffer): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true });
  } catch (error) {
    if (isSkipped(error)) return undefined;
    throw error;
  }
}

/** Names as bytes: not all of them are UTF-8. */
function childrenOf(directory: string | Buffer): Buffer[] {
  const prefix = Buffer.concat([Buffer.from(directory), Buffer.from("/")]);
  try {
    return readdirSync(directory, { encoding: "buffer" }).map((name) => Buffer.concat([prefix, name]));
  } catch (error) {
    if (isSkipped(error)) return [];
    throw error;
  }
}

function isSkipped(error: unknown): boolean {
  return isMissing(error) || errnoOf(error) === "EACCES";
}
