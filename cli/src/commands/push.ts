import { type Command, defineCommand } from "../command.ts";
import { registrySink } from "../compose.ts";
import { cliError } from "../errors.ts";
import { canonicalName, familiarNameOf } from "../images/local-image.ts";
import { publishable } from "../images/publishable.ts";
import { openRegistry, registryOptions } from "../images/registry-access.ts";
import { createTransferLines } from "../screens/transfers.ts";
import { openStoreFor } from "../store-root.ts";

export const pushCommand: Command = defineCommand({
  name: "push",
  usage: "IMAGE [NAME[:TAG]]",
  summary: "Push an image of the store to a registry",
  options: {
    quiet: { kind: "flag", short: "q", help: "print the digest only" },
    ...registryOptions,
  },
  run: async ({ options, positional }, terminal) => {
    const [source, target = source, ...more] = positional;
    if (source === undefined || target === undefined || more.length > 0)
      throw cliError("USAGE", "push needs an image, and a name when that is another", {
        hint: "write tsbuild push REGISTRY/NAME:TAG",
      });
    await using store = openStoreFor(options.root, terminal);
    await using lease = await store.lease("push");
    const manifest = await publishable(store, lease, source);
    using registry = openRegistry(options, { ...terminal, say: (message) => terminal.err(`${message}\n`) });
    const reference = canonicalName(target);
    await registrySink(store, () => registry).push(
      { reference, manifest },
      {
        signal: terminal.signal,
        onTransfer: createTransferLines(options.quiet === true ? () => undefined : terminal.err),
      },
    );
    terminal.out(
      options.quiet === true ? `${manifest.digest}\n` : `${familiarNameOf(reference)} ${manifest.digest}\n`,
    );
    return 0;
  },
});
