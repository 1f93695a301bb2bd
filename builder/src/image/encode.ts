import type { HistoryEntry } from "../graph/step.ts";
import { byBytes } from "./config.ts";

type Json = Readonly<Record<string, unknown>>;

/** Maps whose keys users choose: they are sorted by bytes, where JavaScript would put whole numbers first. */
const sortedMaps: ReadonlySet<string> = new Set(["Labels", "ExposedPorts", "Volumes"]);

/**
 * The bytes of an image config as BuildKit writes them: the upper keys sorted, `config` in the order of docker's
 * struct, `<`, `>` and `&` escaped.
 */
export function encodeImageConfig(
  config: Json,
  rest: {
    readonly created?: string;
    readonly history: readonly HistoryEntry[];
    readonly diffIds: readonly string[];
  },
): string {
  const upper: Json = {
    ...config,
    ...(rest.created === undefined ? {} : { created: rest.created }),
    history: rest.history.map(orderedEntry),
    rootfs: { type: "layers", diff_ids: rest.diffIds },
  };
  return encodeObject(Object.keys(upper).toSorted(byBytes), upper, (key, value) =>
    key === "config" ? encodeInner(value as Json) : encodeValue(value),
  );
}

/** Docker's order of the fields of one history entry. */
function orderedEntry(entry: HistoryEntry): HistoryEntry {
  return {
    ...(entry.created === undefined ? {} : { created: entry.created }),
    ...(entry.created_by === undefined ? {} : { created_by: entry.created_by }),
    ...(entry.author === undefined ? {} : { author: entry.author }),
    ...(entry.comment === undefined ? {} : { comment: entry.comment }),
    ...(entry.empty_layer === true ? { empty_layer: true } : {}),
  };
}

function encodeInner(config: Json): string {
  return encodeObject(Object.keys(config), config, (key, value) => {
    if (!sortedMaps.has(key)) return encodeValue(value);
    const map = value as Json;
    return encodeObject(Object.keys(map).toSorted(byBytes), map, (_, item) => encodeValue(item));
  });
}

function encodeObject(
  keys: readonly string[],
  object: Json,
  encode: (key: string, value: unknown) => string,
): string {
  return `{${keys.map((key) => `${encodeValue(key)}:${encode(key, object[key])}`).join(",")}}`;
}

const escapes: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/** JSON as Go encodes it: safe to embed in HTML. Structure never holds these characters, so all can be replaced. */
function encodeValue(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => escapes[character] ?? character);
}
