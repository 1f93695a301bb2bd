import { fillDirectory, writeTree } from "@tsbuild/builder";
import { type Command, defineCommand } from "../command.ts";
import { openUnpacking, unpackArguments } from "../images/unpacking.ts";
import { randomHex } from "../store-root.ts";

export const unpackCommand: Command = defineCommand({
  name: "unpack",
  usage: "IMAGE DIR",
  summary: "Write the root file system of an image into a directory",
  options: {},
  run: async ({ options, positional }, terminal) => {
    const { name, directory } = unpackArguments("unpack", positional, terminal);
    await using unpacking = await openUnpacking(name, options.root, terminal);
    await fillDirectory(directory, randomHex, (root) =>
      writeTree(unpacking.view, root, { owners: "keep", signal: terminal.signal }),
    );
    terminal.out(`${directory}\n`);
    return 0;
  },
});
