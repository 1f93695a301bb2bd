import { runnerError } from "./errors.ts";

/**
 * A path inside a tree: the bytes of the file name, one character per byte (latin1), components joined by "/",
 * no leading or trailing slash, no empty, "." or ".." component, no NUL. The root is "".
 * Comparing two with `<` compares their bytes, and names that are not UTF-8 survive unchanged.
 */
export type TreePath = string & { readonly __brand: "TreePath" };

/** The root of a tree. */
export const rootPath = "" as TreePath;

/** True when every character is one byte below 0x80, so that text and bytes are the same string. */
// oxlint-disable-next-line no-control-regex
const asciiOnly = /^[\x00-\x7f]*$/;

/**
 * Cleans a byte string (latin1) from outside: leading slashes, "." and empty components go.
 * @throws PATH_INVALID on "..", NUL or a component above 255 bytes.
 */
export function parseTreePath(bytes: string): TreePath {
  if (bytes.includes("\0"))
    throw runnerError("PATH_INVALID", `the path ${JSON.stringify(bytes)} contains a NUL byte`);
  const parts = bytes.split("/").filter((part) => part !== "" && part !== ".");
  for (const part of parts) {
    if (part === "..") throw runnerError("PATH_INVALID", `the path ${JSON.stringify(bytes)} contains ".."`);
    if (part.length > 255)
      throw runnerError(
        "PATH_INVALID",
        `a component of the path ${JSON.stringify(bytes.slice(0, 80))}… is longer than 255 bytes`,
      );
  }
  return parts.join("/") as TreePath;
}

/** The byte string of a text (UTF-8), not cleaned. */
export function bytesFromText(text: string): string {
  return asciiOnly.test(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** The text of a byte string for people; bytes that are not UTF-8 become U+FFFD. */
export function textFromBytes(bytes: string): string {
  return asciiOnly.test(bytes) ? bytes : Buffer.from(bytes, "latin1").toString("utf8");
}

/** Joins a path and one name; the name must be a single component. */
export function joinTreePath(directory: TreePath, name: string): TreePath {
  return (directory === "" ? name : `${directory}/${name}`) as TreePath;
}

/** The directory part; the root is its own parent. */
export function parentOf(path: TreePath): TreePath {
  const slash = path.lastIndexOf("/");
  return (slash < 0 ? "" : path.slice(0, slash)) as TreePath;
}

/** The last component; empty for the root. */
export function nameOf(path: TreePath): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** What node:fs wants: a string where it is ASCII, else the exact bytes. */
export function fsPath(bytes: string): string | Buffer {
  return asciiOnly.test(bytes) ? bytes : Buffer.from(bytes, "latin1");
}
