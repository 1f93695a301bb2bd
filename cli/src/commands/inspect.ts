import { type Command, defineCommand } from "../command.ts";
import { cliError } from "../errors.ts";
import { familiarNameOf, findImage } from "../images/local-image.ts";
import { openStoreFor } from "../store-root.ts";

/** image-spec and docker agree: a manifest or config above this is refused. */
const maxDocumentBytes = 4 << 20;
const formats = ["summary", "manifest", "config"] as const;

export const inspectCommand: Command = defineCommand({
  name: "inspect",
  usage: "IMAGE",
  summary: "Show an image of the store as JSON",
  options: {
    format: {
      kind: "value",
      value: "summary|manifest|config",
      help: "what to show (default: summary); manifest and config are the exact bytes",
    },
  },
  run: async ({ options, positional }, terminal) => {
    const [name] = positional;
    if (name === undefined)
      throw cliError("USAGE", "inspect needs an image", { hint: "write tsbuild inspect IMAGE" });
    const format = options.format ?? "summary";
    await using store = openStoreFor(options.root, terminal, "read-only");
    const image = findImage(store, name);
    const manifest = store.blobs.read(image.manifest.digest, maxDocumentBytes);
    const config = store.blobs.read(image.id, maxDocumentBytes);
    switch (format) {
      case "manifest":
        terminal.out(manifest.toString());
        return 0;
      case "config":
        terminal.out(config.toString());
        return 0;
      case "summary":
        terminal.out(`${JSON.stringify(summary(image, manifest, config), undefined, 2)}\n`);
        return 0;
      default:
        throw cliError("USAGE", `inspect knows no format ${format}`, {
          hint: `there are ${formats.join(", ")}`,
        });
    }
  },
});

function summary(image: ReturnType<typeof findImage>, manifest: Buffer, config: Buffer): object {
  return {
    name: familiarNameOf(image.name),
    id: image.id,
    digest: image.manifest.digest,
    mediaType: image.manifest.mediaType,
    platform: image.platform,
    created: new Date(image.createdMs).toISOString(),
    size: image.size,
    origin: image.origin,
    manifest: JSON.parse(manifest.toString()) as unknown,
    config: JSON.parse(config.toString()) as unknown,
  };
}
