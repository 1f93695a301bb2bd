import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { bytesFromText, openRootDir, type RootDir } from "@tsbuild/runner-native";
import { cannotWrite } from "./destination.ts";

/**
 * Fills a directory. One that is new or empty appears as a whole or not at all; into one that holds something, the new
 * content is merged.
 */
export async function fillDirectory<Result>(
  path: string,
  randomHex: (bytes: number) => string,
  fill: (root: RootDir, directory: string) => Promise<Result>,
): Promise<Result> {
  if (existsSync(path) && entriesIn(path) > 0) return fillIn(path, fill);
  const temporary = join(dirname(path), `.tsbuild-${randomHex(6)}`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    mkdirSync(temporary, { mode: 0o755 });
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
  try {
    const result = await fillIn(temporary, fill);
    if (existsSync(path)) rmdirSync(path);
    renameSync(temporary, path);
    return result;
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function fillIn<Result>(
  directory: string,
  fill: (root: RootDir, directory: string) => Promise<Result>,
): Promise<Result> {
  using root = openRootDir(bytesFromText(directory));
  return await fill(root, directory);
}

function entriesIn(path: string): number {
  try {
    return readdirSync(path).length;
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}
