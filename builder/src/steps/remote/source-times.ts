import { createReadStream, rmSync } from "node:fs";
import { type Digest, type MemoTable, parseArchive, type TarEntry } from "@tsbuild/layers";
import { TsbuildError } from "@tsbuild/runner-native";
import { builderError } from "../../errors.ts";
import type { NeededTime } from "../../graph/options.ts";
import type { BuilderPorts } from "../../ports.ts";
import { checkOutCommit, type RepositoryOptions, resolveCommit } from "../../repositories/repository.ts";
import type { Repository } from "../../repositories/wanted.ts";
import { createNewest } from "./newest-file.ts";
import type { RemoteFiles, RemoteUrl } from "./remote-files.ts";

/** When remote sources were changed last, for SOURCE_DATE_EPOCH. */
export interface SourceTimes {
  /**
   * Seconds since 1970: of a commit, Last-Modified, else the newest file of an archive; undefined when nothing says it. `owner` is the
   * task that transfers are told of. @throws CHECKSUM_MISMATCH, REF_MISSING, GIT_FAILED, what downloads fail with
   */
  of(
    needed: NeededTime,
    options: { readonly owner: string; readonly signal: AbortSignal },
  ): Promise<number | undefined>;
}

export interface SourceTimesOptions {
  readonly remotes: RemoteFiles;
  readonly ports: Pick<BuilderPorts, "store" | "git">;
  readonly access: RepositoryOptions["access"];
}

export function createSourceTimes(given: SourceTimesOptions): SourceTimes {
  return {
    async of({ source, checksum, label }, { owner, signal }) {
      switch (source.kind) {
        case "git":
          return timeOfCommit(source, { ...given, signal });
        case "http":
          return timeOfFile(
            { url: source.url, fileName: source.fileName, owner },
            { checksum, label, signal, ...given },
          );
      }
    },
  };
}

type TimedFile = Pick<NeededTime, "label"> &
  SourceTimesOptions & { readonly checksum: Digest | undefined; readonly signal: AbortSignal };

async function timeOfFile(
  url: RemoteUrl,
  { remotes, ports, label, checksum, signal }: TimedFile,
): Promise<number | undefined> {
  const { digest, modifiedSeconds } = await remotes.look(url, signal);
  if (checksum !== undefined && checksum !== digest)
    throw builderError("CHECKSUM_MISMATCH", `digest mismatch ${digest}: ${checksum}`, {
      hint: `the ${label} is not what --checksum says: has it been replaced?`,
    });
  // As BuildKit: what is pinned has no date but that of its content.
  if (checksum === undefined && modifiedSeconds !== undefined) return modifiedSeconds;
  return newestIn(digest, ports.store.memos, () => remotes.bytesOf(url, digest, signal));
}

/** When a commit was made: it is fetched for that once. */
async function timeOfCommit(
  repository: Repository,
  { ports, access, signal }: SourceTimesOptions & { readonly signal: AbortSignal },
): Promise<number> {
  const { store, git } = ports;
  const options = { git, access, signal };
  const found = await resolveCommit(repository, options);
  const key = `commit time ${found.commit}`;
  const known = /^-?\d+$/.exec(store.memos.get(key)?.toString() ?? "")?.[0];
  if (known !== undefined) return Number(known);
  const whole = { ...repository, subdir: undefined, keepGitDir: false, submodules: false };
  const directory = store.temporaryDirectory("commit");
  const { committedSeconds } = await checkOutCommit(whole, found, { ...options, directory });
  rmSync(directory, { recursive: true, force: true });
  store.memos.put(key, Buffer.from(String(committedSeconds)));
  return committedSeconds;
}

/** An archive is read once for all builds. */
async function newestIn(
  digest: Digest,
  memos: MemoTable,
  path: () => Promise<string>,
): Promise<number | undefined> {
  const key = `newest file ${digest}`;
  const known = /^(?:none|-?\d+)$/.exec(memos.get(key)?.toString() ?? "")?.[0];
  if (known !== undefined) return known === "none" ? undefined : Number(known);
  const found = await readNewest(await path());
  memos.put(key, Buffer.from(String(found ?? "none")));
  return found;
}

const readBytes = 1 << 20;
/** Far beyond any archive of sources. */
const limits = { maxEntries: 10_000_000, maxBytes: 2 ** 38 };

/** As BuildKit: what is no archive, or a broken one, has no time. */
async function readNewest(path: string): Promise<number | undefined> {
  const newest = createNewest();
  const sink = { entry: (entry: TarEntry) => newest.add(entry), data: () => undefined, end: () => undefined };
  try {
    await parseArchive(createReadStream(path, { highWaterMark: readBytes }), sink, limits);
  } catch (error) {
    if (error instanceof TsbuildError) return undefined;
    throw error;
  }
  return newest.seconds();
}
