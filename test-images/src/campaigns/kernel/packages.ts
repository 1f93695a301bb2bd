import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** A kernel out of Debian packages, unpacked. */
export interface Kernel {
  readonly version: string;
  readonly image: string;
  /** Where each module lies, by its name with "-" as "_". */
  readonly modules: ReadonlyMap<string, string>;
}

/** Unpacks linux-image-*.deb (newer ones are split into linux-binary and linux-modules) into an empty directory. */
export function unpackKernel(packages: readonly string[], directory: string): Kernel {
  for (const each of packages) execFileSync("dpkg-deb", ["-x", each, directory]);
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const image = files.find((file) => basename(file).startsWith("vmlinuz"));
  const version = files.map((file) => /(?:^|\/)lib\/modules\/([^/]+)\//.exec(file)?.[1]).find(Boolean);
  if (image === undefined || version === undefined)
    throw new Error(`${packages.join(", ")} hold no kernel with its modules`);
  const modules = files
    .filter((file) => /\.ko(\.xz)?$/.test(file))
    .map((file) => [moduleName(file), join(directory, file)] as const);
  return { version, image: join(directory, image), modules: new Map(modules) };
}

/** These modules and what they depend on, in the order to load them; names that the kernel has built in are left out. */
export function moduleClosure(
  kernel: Kernel,
  names: readonly string[],
): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  const loaded = new Map<string, Uint8Array<ArrayBuffer>>();
  const load = (name: string): void => {
    const path = kernel.modules.get(name);
    if (path === undefined || loaded.has(name)) return;
    const content = readModule(path);
    for (const needed of dependencies(content)) load(needed);
    loaded.set(name, content);
  };
  for (const name of names) load(name);
  return loaded;
}

function moduleName(file: string): string {
  return basename(file)
    .replace(/\.ko(\.xz)?$/, "")
    .replaceAll("-", "_");
}

function readModule(path: string): Uint8Array<ArrayBuffer> {
  if (!path.endsWith(".xz")) return readFileSync(path);
  return execFileSync("xz", ["-dc", path], { maxBuffer: 2 ** 28 });
}

/** What the module's own .modinfo section says, as depmod reads it; soft dependencies too. */
function dependencies(module: Uint8Array): string[] {
  const text = Buffer.from(module.buffer, module.byteOffset, module.length).toString("latin1");
  const hard = [...text.matchAll(/\0depends=([^\0]*)\0/g)].flatMap(([, list]) => (list ?? "").split(","));
  const soft = [...text.matchAll(/\0softdep=pre: ([^\0]*)\0/g)].flatMap(([, list]) =>
    (list ?? "").split(" "),
  );
  return [...soft, ...hard].filter((name) => name !== "").map((name) => name.replaceAll("-", "_"));
}
