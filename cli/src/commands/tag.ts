import { type Command, defineCommand } from "../command.ts";
import { cliError } from "../errors.ts";
import { canonicalName, findImage } from "../images/local-image.ts";
import { openStoreFor } from "../store-root.ts";

export const tagCommand: Command = defineCommand({
  name: "tag",
  usage: "IMAGE NAME[:TAG] ...",
  summary: "Give an image of the store more names",
  options: {},
  run: async ({ options, positional }, terminal) => {
    const [source, ...names] = positional;
    if (source === undefined || names.length === 0)
      throw cliError("USAGE", "tag needs an image and a name", {
        hint: "write tsbuild tag IMAGE NAME[:TAG]",
      });
    await using store = openStoreFor(options.root, terminal);
    const image = findImage(store, source);
    for (const name of names.map(canonicalName)) store.images.put({ ...image, name });
    return 0;
  },
});
