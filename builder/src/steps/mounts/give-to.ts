import { chownSync } from "node:fs";
import { hasErrno } from "@tsbuild/runner-native";

/** Changes the owner of something that is mounted into a step. */
export function giveTo(path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  try {
    chownSync(path, uid, gid);
  } catch (error) {
    // In a user namespace of a single id there is nobody else to give it to, and no process that is anybody else.
    if (!hasErrno(error, "EINVAL")) throw error;
  }
}
