import { parseBoolean } from "./boolean.ts";
import { parseCsvRecord } from "./csv.ts";
import { type Token, tokenIn } from "../place.ts";
import { Problem } from "../problem.ts";
import { quote } from "../expand/quote.ts";
import { parseSize } from "./size.ts";
import { didYouMean } from "../suggest.ts";

export type MountType = "bind" | "cache" | "tmpfs" | "secret" | "ssh";
export type Sharing = "shared" | "private" | "locked";

/** A `RUN --mount` with its values expanded; what was not given is empty or undefined. */
export interface Mount {
  readonly type: MountType;
  readonly from: string;
  readonly source: string;
  readonly target: string;
  readonly readonly: boolean;
  readonly sizeBytes: number;
  readonly id: string;
  readonly sharing: Sharing | "";
  readonly required: boolean;
  readonly env: string | undefined;
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

const mountTypes: readonly MountType[] = ["bind", "cache", "secret", "ssh", "tmpfs"];
const sharings: readonly Sharing[] = ["locked", "private", "shared"];
const keys: readonly string[] =
  "type from source target readonly id sharing required size mode uid gid src dst destination ro rw readwrite env".split(
    " ",
  );

/**
 * What can be said before variables are known: the record must parse, and `from` cannot hold a variable.
 * @throws Problem
 */
export function checkMount(token: Token): void {
  for (const field of fieldsOf(token)) {
    const { key, value } = splitField(field);
    if (key === "from" && value !== undefined && /\$./.test(value))
      throw new Problem("'from' doesn't support variable expansion, define alias stage instead", {
        token,
        hint: "write FROM $IMAGE AS name in a stage of its own, and from=name here",
      });
  }
}

/** The stage, context or image a mount takes its content from, before expansion. */
export function mountFrom(token: Token): string {
  let from = "";
  for (const field of fieldsOf(token)) {
    const { key, value } = splitField(field);
    if (key === "from" && value !== undefined) from = value;
  }
  return from;
}

/**
 * Reads a mount, each value expanded by `expand`.
 * @throws Problem on an unknown key or a value that its type does not take.
 */
export function parseMount(token: Token, expand: (value: string) => string): Mount {
  const draft: Draft = { ...emptyDraft };
  for (const field of fieldsOf(token)) {
    const { key, value } = splitField(field);
    const problem = setField(draft, { key, value: value === undefined ? undefined : expand(value), field });
    if (problem !== undefined)
      throw new Problem(problem, {
        token: fieldToken(token, field),
        hint: hints[key] ?? keysHint(draft.type),
      });
  }
  const problem = contradictionOf(draft);
  if (problem !== undefined) throw new Problem(problem, { token, hint: keysHint(draft.type) });
  const { readonly: given, ...rest } = draft;
  return { ...rest, readonly: given ?? (draft.type !== "cache" && draft.type !== "tmpfs") };
}

const hints: Readonly<Record<string, string>> = {
  type: "types are bind, cache, secret, ssh and tmpfs",
  ro: "write true or false",
  readonly: "write true or false",
  rw: "write true or false",
  readwrite: "write true or false",
  required: "required=true is for secret and ssh",
  sharing: "write shared, private or locked; it is for cache",
  size: "write a number with a unit, such as 64m; it is for tmpfs",
  env: "env=NAME is for secret",
  mode: "write octal digits, such as 0600",
  uid: "write a number",
  gid: "write a number",
};

const keysOfTypes: Readonly<Record<MountType, string>> = {
  bind: "target, source, from, ro and rw",
  cache: "target, id, sharing, from, source, mode, uid, gid and ro",
  tmpfs: "target and size",
  secret: "id, target, env, required, mode, uid and gid",
  ssh: "id, target, required, mode, uid and gid",
};

function keysHint(type: MountType): string {
  return `type=${type} takes ${keysOfTypes[type]}`;
}

/** One field of a mount where it stands, when no quotes were taken out. */
function fieldToken(token: Token, field: string): Token {
  const flag = "--mount=";
  if (token.end - token.start !== flag.length + token.text.length) return token;
  return tokenIn({ text: token.text, start: token.start + flag.length, end: token.end }, field);
}

function fieldsOf(token: Token): readonly string[] {
  try {
    return parseCsvRecord(token.text);
  } catch (error) {
    throw error instanceof Problem ? new Problem(error.message, { token }) : error;
  }
}

function splitField(field: string): { readonly key: string; readonly value: string | undefined } {
  const equals = field.indexOf("=");
  if (equals < 0) return { key: field.toLowerCase(), value: undefined };
  return { key: field.slice(0, equals).toLowerCase(), value: field.slice(equals + 1) };
}

type Draft = { -readonly [Key in keyof Omit<Mount, "readonly">]: Mount[Key] } & {
  readonly: boolean | undefined;
};

const emptyDraft: Draft = {
  type: "bind",
  from: "",
  source: "",
  target: "",
  readonly: undefined,
  sizeBytes: 0,
  id: "",
  sharing: "",
  required: false,
  env: undefined,
  mode: undefined,
  uid: undefined,
  gid: undefined,
};

interface Field {
  readonly key: string;
  readonly value: string | undefined;
  readonly field: string;
}

/** Sets one field; a sentence says what is wrong with it. */
function setField(draft: Draft, { key, value, field }: Field): string | undefined {
  switch (key) {
    case "readonly":
    case "ro":
      return setBoolean(key, value, (given) => {
        draft.readonly = given;
      });
    case "readwrite":
    case "rw":
      return setBoolean(key, value, (given) => {
        draft.readonly = !given;
      });
    case "required":
      if (draft.type !== "secret" && draft.type !== "ssh") return wrongType(key, draft.type);
      return setBoolean(key, value, (given) => {
        draft.required = given;
      });
  }
  if (value === undefined) return `invalid field '${field}' must be a key=value pair`;
  return setValue(draft, key, value) ?? undefined;
}

function setValue(draft: Draft, key: string, value: string): string | undefined {
  switch (key) {
    case "type":
      return setType(draft, value);
    case "from":
      draft.from = value;
      return undefined;
    case "source":
    case "src":
      draft.source = value;
      return undefined;
    case "target":
    case "dst":
    case "destination":
      draft.target = value;
      return undefined;
    case "size":
      return setSize(draft, value);
    case "id":
      draft.id = value;
      return undefined;
    case "sharing":
      return setSharing(draft, value);
    case "env":
      if (draft.type !== "secret") return wrongType(key, draft.type);
      draft.env = value;
      return undefined;
    case "mode":
    case "uid":
    case "gid":
      return setNumber(draft, key, value);
    default:
      return `unexpected key '${key}' in '${key}=${value}'${didYouMean(key, keys)}`;
  }
}

function setType(draft: Draft, value: string): string | undefined {
  const type = mountTypes.find((known) => known === value.toLowerCase());
  if (type === undefined) return `unsupported mount type ${quote(value)}${didYouMean(value, mountTypes)}`;
  draft.type = type;
  return undefined;
}

function setSharing(draft: Draft, value: string): string | undefined {
  const sharing = sharings.find((known) => known === value.toLowerCase());
  if (sharing === undefined) return `unsupported sharing value ${quote(value)}${didYouMean(value, sharings)}`;
  draft.sharing = sharing;
  return undefined;
}

function setSize(draft: Draft, value: string): string | undefined {
  if (draft.type !== "tmpfs") return wrongType("size", draft.type);
  const bytes = parseSize(value);
  if (bytes === undefined) return `invalid value for size: ${value}`;
  draft.sizeBytes = bytes;
  return undefined;
}

function setNumber(draft: Draft, key: "mode" | "uid" | "gid", value: string): string | undefined {
  const digits = key === "mode" ? /^[0-7]+$/ : /^\d+$/;
  const number = digits.test(value) ? Number.parseInt(value, key === "mode" ? 8 : 10) : Number.NaN;
  if (!(number < 2 ** 32)) return `invalid value ${value} for ${key}`;
  draft[key] = number;
  return undefined;
}

function setBoolean(
  key: string,
  value: string | undefined,
  set: (given: boolean) => void,
): string | undefined {
  const given = value === undefined ? true : parseBoolean(value);
  if (given === undefined) return `invalid value for ${key}: ${value}`;
  set(given);
  return undefined;
}

function wrongType(key: string, type: MountType): string {
  return `unexpected key '${key}' for mount type '${type}'`;
}

/** Fields that do not go together, as one sentence. */
function contradictionOf(draft: Draft): string | undefined {
  if (draft.type === "bind" || draft.type === "tmpfs") {
    if (draft.mode !== undefined) return `mode not allowed for ${quote(draft.type)} type mounts`;
    if (draft.uid !== undefined) return `uid not allowed for ${quote(draft.type)} type mounts`;
    if (draft.gid !== undefined) return `gid not allowed for ${quote(draft.type)} type mounts`;
  }
  if (draft.type === "secret") {
    if (draft.from !== "") return "secret mount should not have a from";
    if (draft.sharing !== "") return "secret mount should not define sharing";
    if (draft.source === "" && draft.target === "" && draft.id === "")
      return "invalid secret mount. one of source, target required";
    if (draft.source !== "" && draft.id !== "") return "both source and id can't be set";
  }
  if (draft.sharing !== "" && draft.type !== "cache")
    return `invalid cache sharing set for ${draft.type} mount`;
  return undefined;
}
