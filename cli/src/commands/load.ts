import { createReadStream, statSync } from "node:fs";
import { resolve } from "node:path";
import {
  type LayoutSource,
  type Lease,
  loadImages,
  openLayoutDirectory,
  parsePlatform,
  readArchive,
  type Store,
} from "@tsbuild/layers";
import { type Command, defineCommand } from "../command.ts";
import { cliError } from "../errors.ts";
import { canonicalName, familiarNameOf } from "../images/local-image.ts";
import { openStoreFor } from "../store-root.ts";
import type { Terminal } from "../terminal.ts";

export const loadCommand: Command = defineCommand({
  name: "load",
  usage: "",
  summary: "Bring the images of an archive or an OCI layout into the store",
  options: {
    input: {
      kind: "value",
      short: "i",
      value: "PATH",
      help: "archive of docker save, OCI archive or layout directory; standard input when left out",
    },
    tag: {
      kind: "list",
      short: "t",
      value: "NAME[:TAG]",
      help: "name for an image that brings none, or another name",
    },
    platform: { kind: "value", value: "OS/ARCH", help: "which image of an index (default: this machine's)" },
  },
  run: async ({ options, positional }, terminal) => {
    if (positional.length > 0)
      throw cliError("USAGE", "load takes no arguments", { hint: "write tsbuild load -i FILE" });
    await using store = openStoreFor(options.root, terminal);
    await using lease = await store.lease("load");
    const source = await sourceOf(options.input, { store, lease, terminal });
    const platform = parsePlatform(options.platform ?? "linux");
    const images = await loadImages(store, source, { lease, platform });
    if (options.tag.length > 0 && images.length > 1)
      throw cliError("USAGE", `--tag names one image, and there are ${images.length}`, {
        hint: "load without --tag, then tsbuild tag",
      });
    for (const { names, descriptor, manifest, config, size } of images) {
      const { os, architecture, variant } = config;
      for (const name of [...names, ...options.tag].map(canonicalName)) {
        store.images.put({
          name,
          manifest: descriptor,
          id: manifest.config.digest,
          platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
          size,
          createdMs: Date.parse(config.created ?? "") || Date.now(),
          origin: "loaded",
        });
        terminal.out(`Loaded image: ${familiarNameOf(name)}\n`);
      }
      if (names.length + options.tag.length === 0)
        terminal.out(`Loaded image ID: ${manifest.config.digest}\n`);
    }
    return 0;
  },
});

interface Loading {
  readonly store: Store;
  readonly lease: Lease;
  readonly terminal: Terminal;
}

async function sourceOf(
  input: string | undefined,
  { store, lease, terminal }: Loading,
): Promise<LayoutSource> {
  const { signal, cwd } = terminal;
  if (input === undefined || input === "-")
    return readArchive(store, terminal.stdin(), { what: "standard input", lease, signal });
  const path = resolve(cwd, input);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat)
    throw cliError("CONTEXT_MISSING", `there is no archive ${path}`, { hint: "name one with --input" });
  if (stat.isDirectory()) return openLayoutDirectory(store, path, { lease, signal });
  return readArchive(store, createReadStream(path, { highWaterMark: readBytes }), {
    what: path,
    lease,
    signal,
  });
}

const readBytes = 1 << 20;
