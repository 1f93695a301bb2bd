import { check } from "./check.ts";
import { bindSyscall, cString } from "./libc.ts";

const memfdCreateCall = bindSyscall("memfd_create", ["uint8_t *", "uint32_t"]);
const fcntlCall = bindSyscall("fcntl", ["int", "int", "uint64_t"]);

const closeOnExec = 1;
const allowSealing = 2;
/** F_ADD_SEALS of linux/fcntl.h */
const addSealsCommand = 1033;
const seals = { seal: 1, shrink: 2, grow: 4, write: 8 } as const;

/** An anonymous file in memory, close-on-exec. */
export function createMemfd(name: string): number {
  return check(memfdCreateCall(cString(name), closeOnExec | allowSealing), "memfd_create", name);
}

/** Nobody can change its bytes or its seals from now on. */
export function sealMemfd(fd: number): void {
  check(fcntlCall(fd, addSealsCommand, seals.seal | seals.shrink | seals.grow | seals.write), "fcntl");
}
