import type { Token } from "./place.ts";
import { Problem } from "./problem.ts";
import { didYouMean } from "./suggest.ts";

export type FlagKind = "text" | "boolean" | "list";

export interface Flags {
  /** The value of a text flag, or undefined when it was not given. */
  text(name: string): string | undefined;
  boolean(name: string): boolean | undefined;
  /** All values of a list flag; the token is the whole flag, its text the value. */
  list(name: string): readonly Token[];
}

/**
 * Reads `--name[=value]` words.
 * @throws Problem on an unknown, repeated or incomplete flag.
 */
export function readFlags(tokens: readonly Token[], known: Readonly<Record<string, FlagKind>>): Flags {
  const values = new Map<string, Token[]>();
  for (const token of tokens) {
    const body = token.text.slice(2);
    const equals = body.indexOf("=");
    const name = equals < 0 ? body : body.slice(0, equals);
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) throw unknownFlag(token, name, known);
    const before = values.get(name) ?? [];
    if (before.length > 0 && kind !== "list")
      throw new Problem(`duplicate flag specified: --${name}`, { token, hint: "remove one of the two" });
    const value = equals < 0 ? undefined : body.slice(equals + 1);
    before.push({ ...token, text: readValue(token, name, { kind, value }) });
    values.set(name, before);
  }
  return {
    text: (name) => values.get(name)?.[0]?.text,
    boolean: (name) => {
      const text = values.get(name)?.[0]?.text;
      return text === undefined ? undefined : text === "true";
    },
    list: (name) => values.get(name) ?? [],
  };
}

/** Where `--name` stands in an instruction: the first one. */
export function flagToken({ flags }: { readonly flags: readonly Token[] }, name: string): Token | undefined {
  return flags.find(({ text }) => text === `--${name}` || text.startsWith(`--${name}=`));
}

function unknownFlag(token: Token, name: string, known: Readonly<Record<string, FlagKind>>): Problem {
  const names = Object.keys(known).toSorted();
  const hint =
    names.length === 0 ? "this instruction takes no flags" : `known flags: --${names.join(", --")}`;
  return new Problem(`unknown flag: --${name}${didYouMean(name, names)}`, { token, hint });
}

function readValue(
  token: Token,
  name: string,
  { kind, value }: { readonly kind: FlagKind; readonly value: string | undefined },
): string {
  if (kind !== "boolean") {
    if (value === undefined) throw missingValue(token, name);
    return value;
  }
  if (value === "") throw missingValue(token, name);
  const lower = (value ?? "true").toLowerCase();
  if (lower !== "true" && lower !== "false")
    throw new Problem(`expecting boolean value for flag --${name}, not: ${value}`, {
      token,
      hint: "write true or false",
    });
  return lower;
}

function missingValue(token: Token, name: string): Problem {
  const hint = `write --${name}=value, without blanks around the =`;
  return new Problem(`missing a value on flag: --${name}`, { token, hint });
}
