import { readSync, statSync } from "node:fs";
import {
  type ContentDigestOptions,
  type Digest,
  digestOf,
  fileDigest,
  type MemoTable,
  type TreeView,
} from "@tsbuild/layers";
import type { TreePath } from "@tsbuild/runner-native";
import { builderError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import type { BuildRequest } from "../request.ts";
import { type ContextView, createContextView, type SeenEntry } from "./context-view.ts";
import { createFileMemo } from "./file-memo.ts";
import { readIgnoreRules } from "./ignore-rules.ts";

/** One local context while a build reads it. */
export interface OpenContext {
  readonly name: string;
  readonly view: TreeView;
  /** For `contentDigest`: digests of files are remembered from build to build. */
  readonly hashing: Pick<ContentDigestOptions, "xattrs" | "remembered">;
  /** The digest that entered a key; undefined for a file that entered none. */
  digestOf(path: TreePath): Digest | undefined;
  /** Says that a file is not what the key says: its memory goes. */
  distrust(path: TreePath): void;
}

/** The local directories a build reads, each opened when it is first wanted. */
export interface Contexts extends Disposable {
  open(name: string): OpenContext;
  /** Keeps what was learned of files for the next build. */
  save(): void;
}

export interface ContextsOptions {
  readonly request: Pick<BuildRequest, "context" | "namedContexts" | "dockerfile">;
  readonly memos: MemoTable;
  readonly clock: Clock;
}

const mainContext = "context";

export function createContexts({ request, memos, clock }: ContextsOptions): Contexts {
  const opened = new Map<string, OpenedContext>();
  return {
    open(name) {
      const known = opened.get(name);
      if (known) return known;
      const directory = directoryOf(request, name);
      const ignore = name === mainContext ? request.dockerfile.ignore : undefined;
      const context = openContext({ name, directory, ignore, memos, clock });
      opened.set(name, context);
      return context;
    },
    save() {
      for (const context of opened.values()) context.save();
    },
    [Symbol.dispose]() {
      for (const { view } of opened.values()) view[Symbol.dispose]();
      opened.clear();
    },
  };
}

function directoryOf(request: ContextsOptions["request"], name: string): string {
  const context = request.namedContexts?.[name] ?? (name === mainContext ? request.context : undefined);
  if (!context) throw builderError("OPTION_INVALID", `there is no context named ${JSON.stringify(name)}`);
  const stat = statSync(context.directory, { throwIfNoEntry: false });
  if (!stat?.isDirectory())
    throw builderError("OPTION_INVALID", `the context ${context.directory} is not a directory`, {
      hint: "give the path of a directory as the last argument",
    });
  return context.directory;
}

interface OpenedContext extends OpenContext {
  save(): void;
}

interface Opening {
  readonly name: string;
  readonly directory: string;
  readonly ignore: string | undefined;
  readonly memos: MemoTable;
  readonly clock: Clock;
}

function openContext({ name, directory, ignore, memos, clock }: Opening): OpenedContext {
  const memoKey = `context files ${digestOf(directory)}`;
  const memo = createFileMemo(memos.get(memoKey));
  const openedAtMs = clock.now();
  const hashFile = createFileHasher();
  const view: ContextView = createContextView(directory, {
    ignored: readIgnoreRules(directory, ignore).root(),
    isPlain: (identity) => memo.isPlain(identity),
  });
  return {
    name,
    view,
    hashing: {
      xattrs: "context",
      remembered(path) {
        const seen = view.find(path) as SeenEntry;
        const { identity } = seen;
        const remembered = memo.get(identity);
        seen.digest ??= remembered?.digest ?? hashFile(view, path, identity.size);
        const { digest } = seen;
        if (!remembered) memo.put(identity, { digest, isPlain: view.xattrs(path) === undefined }, openedAtMs);
        return digest;
      },
    },
    digestOf: (path) => view.find(path)?.digest,
    distrust(path) {
      const seen = view.find(path);
      if (seen) memo.forget(seen.identity);
    },
    save() {
      const bytes = memo.changed();
      if (bytes) memos.put(memoKey, bytes);
    },
  };
}

/** Small files are read into one buffer and hashed in one call, which costs two thirds of a hash object. */
const smallBytes = 1 << 20;
type HashFile = (view: TreeView, path: TreePath, size: number) => Digest;

function createFileHasher(): HashFile {
  let buffer: Buffer | undefined;
  return (view, path, size) =>
    size >= smallBytes
      ? fileDigest(view, path)
      : hashSmall(view, path, (buffer ??= Buffer.allocUnsafeSlow(smallBytes)));
}

function hashSmall(view: TreeView, path: TreePath, small: Buffer): Digest {
  const content = view.content(path);
  try {
    let length = 0;
    for (let count = -1; count !== 0 && length < smallBytes; length += count)
      count = readSync(content.fd, small, length, smallBytes - length, length);
    return length < smallBytes ? digestOf(small.subarray(0, length)) : fileDigest(view, path);
  } finally {
    content.close();
  }
}
