import { mountOverlay, type Rootfs, rootDirFromFd } from "@tsbuild/runner-native";

/** Does something at the root of a snapshot, as a RUN would. */
export function inRootfs(rootfs: Rootfs, act: (at: string) => void): void {
  if (rootfs.kind === "directory") return act(rootfs.path);
  const { lower, upper, work } = rootfs;
  using merged = rootDirFromFd(mountOverlay({ lower, writable: { upper, work } }));
  act(`/proc/self/fd/${merged.fd}`);
}
