import { createWriteStream, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { layoutArchive } from "@tsbuild/layers";
import { type Command, defineCommand } from "../command.ts";
import { cliError } from "../errors.ts";
import { findImage } from "../images/local-image.ts";
import { publishable } from "../images/publishable.ts";
import { openStoreFor, randomHex } from "../store-root.ts";
import type { Terminal } from "../terminal.ts";

const forms = ["docker", "oci"] as const;

export const saveCommand: Command = defineCommand({
  name: "save",
  usage: "IMAGE ...",
  summary: "Write images into one archive, which docker load and tsbuild load read",
  options: {
    output: { kind: "value", short: "o", value: "PATH", help: "the archive; standard output when left out" },
    format: { kind: "value", value: "docker|oci", help: "kind of archive (default: docker)" },
  },
  run: async ({ options, positional }, terminal) => {
    if (positional.length === 0)
      throw cliError("USAGE", "save needs an image", { hint: "write tsbuild save IMAGE -o FILE" });
    const form = forms.find((each) => each === (options.format ?? "docker"));
    if (!form)
      throw cliError("USAGE", `save knows no format ${options.format}`, {
        hint: `there are ${forms.join(", ")}`,
      });
    await using store = openStoreFor(options.root, terminal);
    await using lease = await store.lease("save");
    const images = [];
    for (const text of positional) {
      const { name } = findImage(store, text);
      images.push({ names: [name], manifest: await publishable(store, lease, text) });
    }
    const archive = layoutArchive(store.blobs, images, { form, signal: terminal.signal });
    await write(archive, options.output, terminal);
    return 0;
  },
});

/** The file appears under its name only when it is whole. */
async function write(
  archive: AsyncIterable<Uint8Array>,
  output: string | undefined,
  terminal: Terminal,
): Promise<void> {
  if (output === undefined || output === "-") {
    for await (const chunk of archive) await terminal.outBytes(chunk);
    return;
  }
  const path = resolve(terminal.cwd, output);
  const temporary = `${path}.${randomHex(4)}`;
  try {
    await pipeline(archive, createWriteStream(temporary, { flags: "wx" }));
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
