import { type Command, defineCommand } from "../command.ts";
import { cliError } from "../errors.ts";
import { formatAge, formatSize, formatTable } from "../format.ts";
import { findImage } from "../images/local-image.ts";
import { openStoreFor } from "../store-root.ts";
import { readStoredImage, type StoredImage } from "../images/stored-image.ts";

/** A longer command is cut, unless --no-trunc. */
const shownCharacters = 60;

export const historyCommand: Command = defineCommand({
  name: "history",
  usage: "IMAGE",
  summary: "Show the steps that an image was made of, the newest first",
  options: {
    "no-trunc": { kind: "flag", help: "show whole commands" },
    json: { kind: "flag", help: "print one JSON object a line" },
  },
  run: async ({ options, positional }, terminal) => {
    const [name, ...more] = positional;
    if (name === undefined || more.length > 0)
      throw cliError("USAGE", "history needs an image", { hint: "write tsbuild history IMAGE" });
    await using store = openStoreFor(options.root, terminal, "read-only");
    const record = findImage(store, name);
    const steps = stepsOf(readStoredImage(store, record.name, record.manifest));
    if (options.json === true) terminal.out(steps.map((step) => `${JSON.stringify(step)}\n`).join(""));
    else
      terminal.out(table(steps, options["no-trunc"] === true ? Number.POSITIVE_INFINITY : shownCharacters));
    return 0;
  },
});

interface HistoryStep {
  readonly created: string | undefined;
  readonly createdBy: string;
  readonly comment: string;
  /** Bytes of the layer as the store has it; undefined for a step without one. */
  readonly size: number | undefined;
}

/** image-spec config.md: the entries that are not marked empty_layer pair with the layers, in order. */
function stepsOf({ config, manifest }: StoredImage): HistoryStep[] {
  let at = 0;
  const steps = (config.history ?? []).map((entry) => ({
    created: entry.created,
    createdBy: entry.created_by ?? "",
    comment: entry.comment ?? "",
    size: entry.empty_layer === true ? undefined : manifest.layers[at++]?.size,
  }));
  return steps.reverse();
}

function table(steps: readonly HistoryStep[], characters: number): string {
  const rows = steps.map(({ created, createdBy, comment, size }) => {
    const age = created === undefined ? "" : formatAge(Date.now() - Date.parse(created));
    const oneLine = createdBy.replace(/\s+/g, " ");
    const shown = oneLine.length > characters ? `${oneLine.slice(0, characters - 1)}…` : oneLine;
    return [age, shown, size === undefined ? "0B" : formatSize(size), comment];
  });
  return formatTable([["CREATED", "CREATED BY", "SIZE", "COMMENT"], ...rows]);
}
