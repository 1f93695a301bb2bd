import { baseName } from "./clean-path.ts";
import { Problem } from "../problem.ts";
import { quote } from "../expand/quote.ts";

/** A git repository as a context or a source of ADD. */
export interface GitSource {
  /** The URL without fragment and query. */
  readonly remote: string;
  readonly shortName: string;
  readonly ref: string | undefined;
  readonly subdir: string | undefined;
  /** A commit, or its beginning. */
  readonly checksum: string | undefined;
  readonly keepGitDir: boolean | undefined;
  readonly submodules: boolean | undefined;
  readonly mtime: "checkout" | "commit" | undefined;
  readonly fetchByCommit: boolean;
  /** `git://`: neither encrypted nor authenticated. */
  readonly isUnencrypted: boolean;
  /** `github.com/…` could be a directory as well: only contexts take it for a repository. */
  readonly mayBeLocal: boolean;
}

/** The parts of a git URL. */
export interface GitUrl {
  readonly scheme: "http" | "https" | "ssh" | "git";
  readonly user: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly ref: string;
  readonly subdir: string;
  readonly remote: string;
}

const standard = /^(https?|ssh|git):\/\/(?:([^@/]*)@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/i;
const scpLike = /^([A-Za-z0-9_.-]+)@([A-Za-z0-9_.-]+):([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/;

/** Reads a git URL, in its standard or its `user@host:path` form. */
export function parseGitUrl(text: string): GitUrl | undefined {
  const url = standard.exec(text);
  const short = url === null ? scpLike.exec(text) : null;
  const [, first = "", second = "", third = "", fourth = "", fifth = "", sixth = ""] = url ?? short ?? [];
  if (url === null && short === null) return undefined;
  const fragment = url === null ? fifth : sixth;
  const colon = fragment.indexOf(":");
  const common = {
    query: url === null ? fourth : fifth,
    ref: colon < 0 ? fragment : fragment.slice(0, colon),
    subdir: colon < 0 ? "" : fragment.slice(colon + 1),
    remote: text.replace(/[?#].*$/s, ""),
  };
  if (url === null) return { scheme: "ssh", user: first, host: second, path: third, ...common };
  const scheme = first.toLowerCase() as GitUrl["scheme"];
  return { scheme, user: second, host: third, path: fourth, ...common };
}

/** What ADD takes for a git repository; a text that could be a local path is none. */
export function parseGitSource(text: string): GitSource | undefined {
  const git = parseGitReference(text);
  return git?.mayBeLocal === true ? undefined : git;
}

/**
 * Reads `https://host/repository.git[?query][#ref[:subdir]]` and the other forms of a repository.
 * @throws Problem when it is a repository and its query or fragment contradict each other.
 */
export function parseGitReference(text: string): GitSource | undefined {
  const mayBeLocal = text.startsWith("github.com/");
  const url = parseGitUrl(mayBeLocal ? `https://${text}` : text);
  if (url === undefined) return undefined;
  const isWeb = url.scheme === "http" || url.scheme === "https";
  if (isWeb && !mayBeLocal && !url.path.endsWith(".git")) return undefined;
  const remote = mayBeLocal ? url.remote.slice("https://".length) : url.remote;
  const draft: Draft = {
    ref: url.ref === "" ? undefined : url.ref,
    subdir: url.subdir === "" ? undefined : url.subdir,
    checksum: undefined,
    keepGitDir: undefined,
    submodules: undefined,
    mtime: undefined,
    fetchByCommit: false,
  };
  readQuery(draft, url.query);
  return {
    remote,
    shortName: baseName(url.path).replace(/\.git$/, ""),
    ...draft,
    isUnencrypted: url.scheme === "git",
    mayBeLocal,
  };
}

interface Draft {
  ref: string | undefined;
  subdir: string | undefined;
  checksum: string | undefined;
  keepGitDir: boolean | undefined;
  submodules: boolean | undefined;
  mtime: "checkout" | "commit" | undefined;
  fetchByCommit: boolean;
}

function readQuery(draft: Draft, query: string): void {
  if (query === "") return;
  const values = new URLSearchParams(query);
  const seen = new Set<string>();
  let tag: string | undefined;
  let branch: string | undefined;
  for (const [key, value] of values) {
    if (seen.has(key)) throw new Problem(`query ${quote(key)} has multiple values`);
    seen.add(key);
    if (value === "" && !switches.has(key)) throw new Problem(`query ${quote(key)} has no value`);
    if (key === "tag") tag = value;
    else if (key === "branch") branch = value;
    else readParameter(draft, key, value);
  }
  if (tag !== undefined && branch !== undefined)
    throw new Problem(`branch conflicts with tag: ${quote(branch)} vs ${quote(tag)}`);
  if (tag !== undefined) setRef(draft, withPrefix("refs/tags/", tag));
  if (branch !== undefined) setRef(draft, withPrefix("refs/heads/", branch));
}

/** What may stand alone in a query. */
const switches: ReadonlySet<string> = new Set(["submodules", "keep-git-dir", "fetch-by-commit"]);

function withPrefix(prefix: string, name: string): string {
  return name.startsWith(prefix) ? name : prefix + name;
}

function setRef(draft: Draft, ref: string): void {
  if (draft.ref !== undefined && draft.ref !== ref)
    throw new Problem(`ref conflicts: ${quote(draft.ref)} vs ${quote(ref)}`);
  draft.ref = ref;
}

function readParameter(draft: Draft, key: string, value: string): void {
  switch (key) {
    case "ref":
      return setRef(draft, value);
    case "subdir":
      if (draft.subdir !== undefined && draft.subdir !== value)
        throw new Problem(`subdir conflicts: ${quote(draft.subdir)} vs ${quote(value)}`);
      draft.subdir = value;
      return undefined;
    case "checksum":
    case "commit":
      if (draft.checksum !== undefined && draft.checksum !== value)
        throw new Problem(`checksum conflicts: ${quote(draft.checksum)} vs ${quote(value)}`);
      draft.checksum = value;
      return undefined;
    case "keep-git-dir":
      draft.keepGitDir = booleanOf(key, value);
      return undefined;
    case "submodules":
      draft.submodules = booleanOf(key, value);
      return undefined;
    case "fetch-by-commit":
      draft.fetchByCommit = booleanOf(key, value);
      return undefined;
    case "mtime":
      if (value !== "checkout" && value !== "commit")
        throw new Problem(`invalid mtime value: ${quote(value)}`);
      draft.mtime = value;
      return undefined;
    default:
      throw new Problem(`unexpected query ${quote(key)}`);
  }
}

function booleanOf(key: string, value: string): boolean {
  if (/^(?:|1|t|T|true|TRUE|True)$/.test(value)) return true;
  if (/^(?:0|f|F|false|FALSE|False)$/.test(value)) return false;
  throw new Problem(`invalid ${key} value: ${quote(value)}`);
}
