import { layersError } from "../errors.ts";
import { maxPathBytes, maxPathDepth } from "./limits.ts";
import type { Refuse } from "./refusal.ts";

const dot = 46;
const slash = 47;
const maxComponentBytes = 255;

/**
 * The tree path of a name in a tar: leading slashes, "." and empty components go (as docker does); ".." is refused even where it
 * would stay inside, because readers disagree about what it means behind a symlink.
 */
export function cleanEntryPath(name: string, what: "name" | "link target", refuse: Refuse): string {
  if (name.length > maxPathBytes) throw refuse(`its ${what} is ${name.length} bytes long`);
  const path = isClean(name) ? name : cleaned(name);
  let start = 0;
  let depth = 1;
  for (let at = 0; at <= path.length; at++) {
    if (at < path.length && path.charCodeAt(at) !== slash) continue;
    if (at - start > maxComponentBytes) throw refuse(`a component of its ${what} is longer than 255 bytes`);
    if (at - start === 2 && path.charCodeAt(start) === dot && path.charCodeAt(start + 1) === dot)
      throw escapes(what, refuse);
    if (at < path.length) depth++;
    start = at + 1;
  }
  if (depth > maxPathDepth) throw refuse(`its ${what} is ${depth} directories deep`);
  return path;
}

/** No empty or "." component: what nearly every name in a layer is, so the split below is rarely paid for. */
function isClean(name: string): boolean {
  let previous = slash;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (previous === slash) {
      if (code === slash) return false;
      if (code === dot && (at + 1 === name.length || name.charCodeAt(at + 1) === slash)) return false;
    }
    previous = code;
  }
  return previous !== slash;
}

function cleaned(name: string): string {
  return name
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

function escapes(what: string, refuse: Refuse): Error {
  const { message } = refuse(`its ${what} leads out with ".."`);
  return layersError("TAR_ESCAPES", message, { hint: "do not unpack it elsewhere either" });
}
