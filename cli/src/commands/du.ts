import { planPrune } from "@tsbuild/layers";
import { type Command, defineCommand } from "../command.ts";
import { cliError } from "../errors.ts";
import { formatSize, formatTable } from "../format.ts";
import { openStoreFor } from "../store-root.ts";

export const duCommand: Command = defineCommand({
  name: "du",
  usage: "",
  summary: "Show what the store holds, and what prune would free",
  options: { json: { kind: "flag", help: "print JSON" } },
  run: async ({ options, positional }, terminal) => {
    if (positional.length > 0) throw cliError("USAGE", "du takes no arguments", { hint: "write tsbuild du" });
    await using store = openStoreFor(options.root, terminal, "read-only");
    const blobs = [...store.blobs.list()];
    const usage = {
      images: store.images.list().length,
      layers: store.layers.list().length,
      cacheRecords: store.records.count(),
      blobs: blobs.length,
      blobBytes: blobs.reduce((sum, { size }) => sum + size, 0),
      reclaimableBytes: planPrune(store).bytes,
      reclaimableBytesWithAll: planPrune(store, { all: true }).bytes,
    };
    terminal.out(options.json === true ? `${JSON.stringify(usage)}\n` : table(usage));
    return 0;
  },
});

function table(usage: Readonly<Record<string, number>>): string {
  const rows = Object.entries(usage).map(([name, value]) => {
    const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return name.includes("Bytes") ? [words.replace(" bytes", ""), formatSize(value)] : [words, String(value)];
  });
  return formatTable(rows);
}
