import { type Command, defineCommand } from "../command.ts";
import { cliError } from "../errors.ts";
import { findImage, familiarNameOf } from "../images/local-image.ts";
import { openStoreFor } from "../store-root.ts";

export const rmiCommand: Command = defineCommand({
  name: "rmi",
  usage: "IMAGE ...",
  summary: "Remove names of images; tsbuild prune frees what no image uses any more",
  options: {},
  run: async ({ options, positional }, terminal) => {
    if (positional.length === 0)
      throw cliError("USAGE", "rmi needs an image", { hint: "write tsbuild rmi IMAGE" });
    await using store = openStoreFor(options.root, terminal);
    const images = positional.map((text) => findImage(store, text));
    for (const { name } of images) {
      store.images.delete(name);
      terminal.out(`Untagged: ${familiarNameOf(name)}\n`);
    }
    return 0;
  },
});
