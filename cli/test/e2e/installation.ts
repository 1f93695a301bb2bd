import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const repository = join(import.meta.dirname, "..", "..", "..");

/** The built command as files of its own in a directory that everybody may read, wherever the repository lies. */
export interface Installation {
  readonly node: string;
  readonly command: string;
}

/** Copies what the command needs at run time: a Node, the two bundles with the helper, and koffi. */
export function installCommand(directory: string): Installation {
  mkdirSync(join(directory, "node_modules"), { recursive: true });
  for (const part of ["bin", "dist", "package.json"])
    cpSync(join(repository, "cli", part), join(directory, "cli", part), { recursive: true });
  for (const name of ["koffi", "@koromix"]) {
    const modules = join("node_modules", name);
    if (existsSync(join(repository, modules)))
      cpSync(join(repository, modules), join(directory, modules), { recursive: true });
  }
  const node = join(directory, "node");
  cpSync(process.execPath, node);
  return { node, command: join(directory, "cli", "bin", "tsbuild.cjs") };
}
