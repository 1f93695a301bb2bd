import { textFromBytes } from "@tsbuild/runner-native";

/** Makes the error for the entry that is being read, from what is wrong with it: "its size is negative". */
export type Refuse = (why: string, hint?: string) => Error;

const longestQuote = 200;

/** A byte string for a message: as text, in quotes, with whatever could move a terminal's cursor escaped. */
export function quoted(bytes: string): string {
  const text =
    bytes.length > longestQuote ? `${textFromBytes(bytes.slice(0, longestQuote))}…` : textFromBytes(bytes);
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
