import { writeBundle } from "@tsbuild/builder";
import { type Command, defineCommand } from "../command.ts";
import { openUnpacking, unpackArguments } from "../images/unpacking.ts";
import { randomHex } from "../store-root.ts";

export const bundleCommand: Command = defineCommand({
  name: "bundle",
  usage: "IMAGE DIR",
  summary: "Write a runtime bundle of an image: rootfs and config.json, for runc and crun",
  options: {},
  run: async ({ options, positional }, terminal) => {
    const { name, directory } = unpackArguments("bundle", positional, terminal);
    await using unpacking = await openUnpacking(name, options.root, terminal);
    const { image, view } = unpacking;
    await writeBundle({ config: image.config, view }, directory, { signal: terminal.signal, randomHex });
    terminal.out(`${directory}\nrun it with: runc run --bundle ${directory} NAME\n`);
    return 0;
  },
});
