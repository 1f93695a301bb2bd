import { statSync } from "node:fs";
import { digestOf, type MemoTable, type TreeView } from "@tsbuild/layers";
import type { TreePath } from "@tsbuild/runner-native";
import { builderError } from "../../errors.ts";
import type { Clock } from "../../ports.ts";
import type { BuildRequest } from "../../request.ts";
import { type ContextView, createContextView } from "./context-view.ts";
import type { FieldValue } from "../../solve/field-hash.ts";
import type { FileDigests } from "../sources/file-digests.ts";
import { createFileMemo } from "./file-memo.ts";
import { readIgnoreRules } from "./ignore-rules.ts";

/** One local context while a build reads it. */
export interface OpenContext {
  readonly name: string;
  readonly view: TreeView;
  /** Of files that entered a key; remembered from build to build. */
  readonly digests: FileDigests;
  /** What was read of it for keys, by step and place: a step that is not cached asks a second time. */
  readonly contents: Map<string, FieldValue>;
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
  const named = request.namedContexts?.[name];
  const local = named?.kind === "local" ? named : undefined;
  const context = local ?? (name === mainContext ? request.context : undefined);
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
  const view: ContextView = createContextView(directory, {
    ignored: readIgnoreRules(directory, ignore).root(),
    isPlain: (identity) => memo.isPlain(identity),
  });
  return {
    name,
    view,
    contents: new Map(),
    digests: {
      get(path) {
        const seen = view.find(path);
        if (seen && !seen.digest) {
          const remembered = memo.get(seen.identity);
          if (remembered) seen.digest = remembered.digest;
        }
        return seen?.digest;
      },
      set(path, digest) {
        const seen = view.find(path);
        if (!seen) return;
        seen.digest = digest;
        memo.put(seen.identity, { digest, isPlain: view.xattrs(path) === undefined }, openedAtMs);
      },
    },
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
