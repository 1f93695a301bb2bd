import { hasErrno } from "@tsbuild/runner-native";
import { fullError } from "../store/failure.ts";
import type { Snapshotter, SnapshotterDeps } from "./snapshotter.ts";

/** A snapshotter that says in words that there is no room, where it met the bare error of a system call. @throws STORE_FULL */
export function tellingFullDisk({ store }: SnapshotterDeps, snapshotter: Snapshotter): Snapshotter {
  return {
    kind: snapshotter.kind,
    async prepare(parent, options) {
      const snapshot = await snapshotter.prepare(parent, options).catch(tell);
      return {
        rootfs: snapshot.rootfs,
        freeze: (stubs) => snapshot.freeze(stubs).catch(tell),
        [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
      };
    },
  };

  function tell(error: unknown): never {
    throw hasErrno(error, "ENOSPC", "EDQUOT") ? fullError(error, store.root, 0) : error;
  }
}
