import { isDigest } from "../digest.ts";

/** Why a text is no reference; the kinds that distribution/reference tells apart. */
export type ReferenceProblem =
  | "empty"
  | "format"
  | "uppercase"
  | "identifier"
  | "name-too-long"
  | "digest-unsupported"
  | "digest-length"
  | "digest-format";

/** The parts of a reference as written; nothing is filled in. Absent parts are empty. */
export interface ReferenceParts {
  readonly domain: string;
  readonly path: string;
  readonly tag: string;
  readonly digest: string;
}

/** distribution/reference: the path of a name, without its domain. */
const maxPathLength = 255;
const maxTagLength = 128;
/** Fewer hex digits than this are no digest in the grammar, whatever the algorithm. */
const minDigestHexLength = 32;

/**
 * Splits `[domain[:port]/]path[:tag][@digest]`. Every separator has one possible place, so one pass decides:
 * no name or tag holds an "@", no tag holds a "/", and no path component holds a ":".
 */
export function scanReference(text: string): ReferenceParts | ReferenceProblem {
  const parts = split(text);
  if (parts === undefined) {
    if (text === "") return "empty";
    return split(text.toLowerCase()) === undefined ? "format" : "uppercase";
  }
  if (parts.path.length > maxPathLength) return "name-too-long";
  return digestProblem(parts.digest) ?? parts;
}

function split(text: string): ReferenceParts | undefined {
  const at = text.indexOf("@");
  const named = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? "" : text.slice(at + 1);
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const name = scanName(colon < 0 ? named : named.slice(0, colon));
  const tag = colon < 0 ? "" : named.slice(colon + 1);
  if (name === undefined || (colon >= 0 && !isTag(tag)) || (at >= 0 && !hasDigestForm(digest)))
    return undefined;
  return { ...name, tag, digest };
}

/** `[domain/]path`; the first component is the domain whenever it can be one. */
export function scanName(text: string): { readonly domain: string; readonly path: string } | undefined {
  const slash = text.indexOf("/");
  const first = text.slice(0, Math.max(slash, 0));
  const rest = text.slice(slash + 1);
  if (slash > 0 && isDomain(first) && isPath(rest)) return { domain: first, path: rest };
  return isPath(text) ? { domain: "", path: text } : undefined;
}

/** A host name or a bracketed IPv6 address, with an optional port. */
export function isDomain(text: string): boolean {
  const end = text.startsWith("[") ? text.indexOf("]") + 1 : endOf(text, ":");
  if (end === 0 || (end < text.length && !isPort(text.slice(end)))) return false;
  const host = text.slice(0, end);
  if (host.startsWith("[")) return end > 2 && every(host.slice(1, -1), isAddressChar);
  return host.split(".").every((part) => isEdge(part, 0) && isEdge(part, -1) && every(part, isHostChar));
}

/** Lower-case components between slashes: alphanumerics, with ".", "_", "__" or dashes between them. */
export function isPath(text: string): boolean {
  return text.split("/").every(isPathComponent);
}

export function isTag(text: string): boolean {
  if (text.length === 0 || text.length > maxTagLength || !isWordChar(text.charCodeAt(0))) return false;
  return every(text, (code) => isWordChar(code) || code === 0x2e || code === 0x2d);
}

/** 64 hex digits: the ID of an image, never a name. */
export function isIdentifier(text: string): boolean {
  return isDigest(`sha256:${text}`);
}

function isPathComponent(text: string): boolean {
  let at = 0;
  for (;;) {
    const start = at;
    while (isLowerAlphanumeric(text.charCodeAt(at))) at += 1;
    if (at === start) return false;
    if (at === text.length) return true;
    const separator = separatorLength(text, at);
    if (separator === 0) return false;
    at += separator;
  }
}

function separatorLength(text: string, at: number): number {
  if (text[at] === ".") return 1;
  if (text[at] === "_") return text[at + 1] === "_" ? 2 : 1;
  let end = at;
  while (text[end] === "-") end += 1;
  return end - at;
}

/** `algorithm:hex` where the algorithm is words that start with a letter, joined by one of "+._-". */
function hasDigestForm(text: string): boolean {
  const colon = text.indexOf(":");
  const hex = text.slice(colon + 1);
  if (colon <= 0 || hex.length < minDigestHexLength || !every(hex, isHexDigit)) return false;
  let wordStart = true;
  for (let at = 0; at < colon; at += 1) {
    const code = text.charCodeAt(at);
    const joins: boolean = !wordStart && "+._-".includes(text.charAt(at));
    if (!(wordStart ? isLetter(code) : joins || isAlphanumeric(code))) return false;
    wordStart = joins;
  }
  return !wordStart;
}

/** sha256 is the one algorithm in use; others are well formed, and told apart from garbage. */
function digestProblem(digest: string): ReferenceProblem | undefined {
  if (digest === "" || isDigest(digest)) return undefined;
  if (!digest.startsWith("sha256:")) return "digest-unsupported";
  return digest.length === "sha256:".length + 64 ? "digest-format" : "digest-length";
}

function endOf(text: string, stop: string): number {
  const at = text.indexOf(stop);
  return at < 0 ? text.length : at;
}

function isPort(text: string): boolean {
  return text.length > 1 && text.startsWith(":") && every(text.slice(1), isDigit);
}

function isEdge(text: string, index: number): boolean {
  return text !== "" && isAlphanumeric(text.charCodeAt(index < 0 ? text.length + index : index));
}

function every(text: string, test: (code: number) => boolean): boolean {
  for (let at = 0; at < text.length; at += 1) if (!test(text.charCodeAt(at))) return false;
  return true;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLowerAlphanumeric(code: number): boolean {
  return isDigit(code) || (code >= 0x61 && code <= 0x7a);
}

function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
}

function isAlphanumeric(code: number): boolean {
  return isDigit(code) || isLetter(code);
}

function isWordChar(code: number): boolean {
  return isAlphanumeric(code) || code === 0x5f;
}

function isHostChar(code: number): boolean {
  return isAlphanumeric(code) || code === 0x2d;
}

function isHexDigit(code: number): boolean {
  return isDigit(code) || (code >= 0x61 && code <= 0x66) || (code >= 0x41 && code <= 0x46);
}

function isAddressChar(code: number): boolean {
  return isHexDigit(code) || code === 0x3a;
}
