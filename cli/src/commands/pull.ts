import { parsePlatform } from "@tsbuild/layers";
import { type Command, defineCommand } from "../command.ts";
import { cliError } from "../errors.ts";
import { pullImage } from "../images/image-source.ts";
import { canonicalName, familiarNameOf } from "../images/local-image.ts";
import { openRegistry, registryOptions } from "../images/registry-access.ts";
import { openStoreFor } from "../store-root.ts";
import { createTransferLines } from "../screens/transfers.ts";

export const pullCommand: Command = defineCommand({
  name: "pull",
  usage: "NAME[:TAG|@DIGEST] ...",
  summary: "Bring an image from a registry into the store",
  options: {
    platform: { kind: "value", value: "OS/ARCH", help: "platform to choose (default: this machine's)" },
    quiet: { kind: "flag", short: "q", help: "print the digest only" },
    ...registryOptions,
  },
  run: async ({ options, positional }, terminal) => {
    if (positional.length === 0)
      throw cliError("USAGE", "pull needs an image", { hint: "write tsbuild pull NAME" });
    const platform = parsePlatform(options.platform ?? "linux");
    await using store = openStoreFor(options.root, terminal);
    await using lease = await store.lease("pull");
    using registry = openRegistry(options, { ...terminal, say: (message) => terminal.err(`${message}\n`) });
    for (const name of positional.map(canonicalName)) {
      const onTransfer = createTransferLines(options.quiet === true ? () => undefined : terminal.err);
      const deps = { store, lease, registry: () => registry, now: Date.now };
      const { digest } = await pullImage(deps, name, { platform, signal: terminal.signal, onTransfer });
      terminal.out(options.quiet === true ? `${digest}\n` : `${familiarNameOf(name)} ${digest}\n`);
    }
    return 0;
  },
});
