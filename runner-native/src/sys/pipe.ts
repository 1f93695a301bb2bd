import { check } from "./check.ts";
import { bindFunction } from "./libc.ts";
import { openFlags } from "./files.ts";

const pipe2Call = bindFunction("pipe2", "int", ["uint8_t *", "int"]);

/** A real pipe, close-on-exec: Node's own "pipe" is a socketpair, on which `echo > /dev/stdout` fails with ENXIO. */
export function makePipe(): { readonly readFd: number; readonly writeFd: number } {
  const ends = new Int32Array(2);
  check(pipe2Call(new Uint8Array(ends.buffer), openFlags.closeOnExec), "pipe2");
  return { readFd: ends[0] as number, writeFd: ends[1] as number };
}
