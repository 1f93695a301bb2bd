import { type PaxValues, readGlobalPax, readPax } from "./pax-read.ts";
import type { Refuse } from "./refusal.ts";

/** x and g: extended headers of POSIX, for the next entry and for all; L and K: GNU's long name and long link target. */
export type ExtensionFlag = "x" | "g" | "L" | "K";

/** What the headers before an entry said about it. */
export interface Extension {
  readonly pax?: PaxValues;
  readonly longName?: string;
  readonly longLink?: string;
}

export const noExtension: Extension = {};

export function isExtension(flag: string): flag is ExtensionFlag {
  return flag === "x" || flag === "g" || flag === "L" || flag === "K";
}

/** Adds one more header to what is known; readers disagree about which of two counts, so each kind may come once, and only one kind. */
export function extend(known: Extension, flag: ExtensionFlag, body: Buffer, refuse: Refuse): Extension {
  switch (flag) {
    case "g":
      if (known !== noExtension)
        throw refuse("a global header stands between its extended header and itself");
      readGlobalPax(body, refuse);
      return known;
    case "x":
      if (known !== noExtension) throw refuse("it has two extended headers");
      return { pax: readPax(body, refuse) };
    case "L":
      if (known.pax || known.longName !== undefined) throw refuse("it has two long names");
      return { ...known, longName: longText(body, refuse) };
    case "K":
      if (known.pax || known.longLink !== undefined) throw refuse("it has two long link targets");
      return { ...known, longLink: longText(body, refuse) };
  }
}

/** A NUL ends it; anything behind that would be a second name to some. */
function longText(body: Buffer, refuse: Refuse): string {
  const end = body.indexOf(0);
  const text = body.subarray(0, end < 0 ? body.length : end);
  if (text.length === 0) throw refuse("its long name is empty");
  if (body.subarray(text.length).some((byte) => byte !== 0)) throw refuse("its long name has a NUL byte");
  return text.toString("latin1");
}
