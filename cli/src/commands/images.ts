import { familiarName, hexOf, type ImageRecord, parseReference } from "@tsbuild/layers";
import { type Command, defineCommand } from "../command.ts";
import { formatAge, formatSize, formatTable } from "../format.ts";
import { canonicalName } from "../images/local-image.ts";
import { openStoreFor } from "../store-root.ts";

const shortIdDigits = 12;

export const imagesCommand: Command = defineCommand({
  name: "images",
  usage: "[NAME]",
  summary: "List the images of the store",
  options: {
    quiet: { kind: "flag", short: "q", help: "print IDs only" },
    "no-trunc": { kind: "flag", help: "print whole IDs" },
    json: { kind: "flag", help: "print one JSON object a line" },
  },
  run: async ({ options, positional }, terminal) => {
    await using store = openStoreFor(options.root, terminal, "read-only");
    const [filter] = positional;
    const wanted = filter === undefined ? undefined : canonicalName(filter);
    const images = store.images
      .list()
      .filter(({ name }) => wanted === undefined || name === wanted)
      .sort((a, b) => b.createdMs - a.createdMs || (a.name < b.name ? -1 : 1));
    const idOf = ({ id }: ImageRecord): string =>
      options["no-trunc"] === true ? id : hexOf(id).slice(0, shortIdDigits);
    if (options.json === true) terminal.out(images.map((image) => `${JSON.stringify(image)}\n`).join(""));
    else if (options.quiet === true) terminal.out(images.map((image) => `${idOf(image)}\n`).join(""));
    else terminal.out(table(images, idOf));
    return 0;
  },
});

function table(images: readonly ImageRecord[], idOf: (image: ImageRecord) => string): string {
  const rows = images.map((image) => {
    const reference = parseReference(image.name);
    const age = formatAge(Date.now() - image.createdMs);
    return [familiarName(reference), reference.tag ?? "<none>", idOf(image), age, formatSize(image.size)];
  });
  return formatTable([["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"], ...rows]);
}
