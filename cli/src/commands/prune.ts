import { planPrune, prune } from "@tsbuild/layers";
import { type Command, defineCommand } from "../command.ts";
import { cliError } from "../errors.ts";
import { formatSize } from "../format.ts";
import { openStoreFor } from "../store-root.ts";
import { ensureRights } from "../user-namespace.ts";

const hours: Readonly<Record<string, number>> = { s: 1 / 3600, m: 1 / 60, h: 1, d: 24 };
const units: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

export const pruneCommand: Command = defineCommand({
  name: "prune",
  usage: "",
  summary: "Remove cache records and everything that no image needs",
  options: {
    all: { kind: "flag", short: "a", help: "also the cache of images that are kept, and cache mounts" },
    until: { kind: "value", value: "AGE", help: "only records not used for this long, e.g. 24h or 7d" },
    "keep-storage": { kind: "value", value: "SIZE", help: "stop when the store is not bigger, e.g. 10G" },
    "dry-run": { kind: "flag", help: "say what would go, and remove nothing" },
  },
  run: async ({ options, positional }, terminal) => {
    if (positional.length > 0)
      throw cliError("USAGE", "prune takes no arguments", { hint: "tsbuild rmi removes images" });
    ensureRights(options.root, terminal);
    await using store = openStoreFor(options.root, terminal);
    const choice = {
      all: options.all === true,
      ...(options.until === undefined ? {} : { until: Date.now() - ageMs(options.until) }),
      ...(options["keep-storage"] === undefined ? {} : { keepBytes: sizeBytes(options["keep-storage"]) }),
    };
    const isTrial = options["dry-run"] === true;
    const plan = isTrial ? planPrune(store, choice) : prune(store, choice);
    const { records, layers, blobs, bytes } = plan;
    const counts = `${records.length} cache records, ${layers.length} layers, ${blobs.length} blobs`;
    terminal.out(`${isTrial ? "would remove" : "removed"} ${counts}: ${formatSize(bytes)}\n`);
    return 0;
  },
});

function ageMs(text: string): number {
  const [, number, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (number === undefined)
    throw cliError("USAGE", `--until ${text} is no age`, { hint: "write 90m, 24h or 7d" });
  return Number(number) * (hours[unit] ?? 0) * 3_600_000;
}

function sizeBytes(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([kmgt]?)b?$/i.exec(text) ?? [];
  if (number === undefined)
    throw cliError("USAGE", `--keep-storage ${text} is no size`, { hint: "write 500M or 10G" });
  return Number(number) * (units[unit.toLowerCase()] ?? 1);
}
