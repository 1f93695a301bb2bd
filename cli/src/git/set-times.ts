import { lutimesSync, readdirSync } from "node:fs";

/** Gives everything at and below a directory one time; links are not followed. */
export function setTimes(directory: string, seconds: number): void {
  setBelow(Buffer.from(directory), seconds);
}

const slash = Buffer.from("/");

/** Names are bytes: they need not be text. */
function setBelow(path: Buffer, seconds: number): void {
  for (const entry of readdirSync(path, { withFileTypes: true, encoding: "buffer" })) {
    const inner = Buffer.concat([path, slash, entry.name]);
    if (entry.isDirectory()) setBelow(inner, seconds);
    else lutimesSync(inner, seconds, seconds);
  }
  lutimesSync(path, seconds, seconds);
}
