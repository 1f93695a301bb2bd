import { runnerError } from "../errors.ts";

/** Numbers by architecture: x86-64 from its own table, arm64 from the generic one; equal from 424 on. */
const numbers = {
  x64: { fcntl: 72, openat: 257, copy_file_range: 326, renameat2: 316, memfd_create: 319, statx: 332 },
  arm64: { fcntl: 25, openat: 56, copy_file_range: 285, renameat2: 276, memfd_create: 279, statx: 291 },
} as const;

const commonNumbers = {
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  openat2: 437,
  mount_setattr: 442,
  fchmodat2: 452,
} as const;

export type SyscallName = keyof typeof numbers.x64 | keyof typeof commonNumbers;

/** @throws FEATURE_MISSING on an architecture whose numbers are not known here. */
export function syscallNumber(name: SyscallName, architecture: string = process.arch): number {
  if (name in commonNumbers) return commonNumbers[name as keyof typeof commonNumbers];
  if (architecture !== "x64" && architecture !== "arm64")
    throw runnerError("FEATURE_MISSING", `system calls are not known for the architecture ${architecture}`, {
      hint: "tsbuild runs on x86-64 and arm64",
    });
  return numbers[architecture][name as keyof typeof numbers.x64];
}
