import { createRequire } from "node:module";
import type * as Koffi from "koffi";
import { runnerError } from "../errors.ts";
import { type SyscallName, syscallNumber } from "./syscall-numbers.ts";

/** What a native call takes: Buffers go as uint8_t* without a copy. koffi 3 knows no ssize_t: use int64_t. */
export type NativeArgument = number | bigint | Uint8Array | null;
export type NativeType = "int" | "uint32_t" | "int64_t" | "uint64_t" | "size_t" | "long" | "uint8_t *";
export type NativeFunction = (...values: NativeArgument[]) => number;

interface Libc {
  readonly library: Koffi.LibraryHandle;
  errno(): number;
}

let loaded: Libc | undefined;

/** Loads koffi and the C library of this process; the only place that does, at the first native call (2 ms). */
function libc(): Libc {
  if (loaded) return loaded;
  const koffi = loadKoffi();
  loaded = { library: koffi.load(null), errno: () => koffi.errno() };
  return loaded;
}

/**
 * Its native part alone, where the package keeps it for glibc: the wrapper around it takes 8 ms to load, and only adds what is
 * not used here. Elsewhere the wrapper finds the right one.
 */
function loadKoffi(): typeof Koffi {
  const require = createRequire(import.meta.url);
  const platform = `linux-${process.arch}`;
  try {
    return require(`@koromix/koffi-${platform}/${platform.replace("-", "_")}/koffi.node`) as typeof Koffi;
  } catch {
    return require("koffi") as typeof Koffi;
  }
}

/** A function of the C library, bound at its first call. */
export function bindFunction(
  symbol: string,
  result: NativeType,
  parameters: readonly NativeType[],
): NativeFunction {
  let bound: NativeFunction | undefined;
  return (...values) => {
    bound ??= libc().library.func(symbol, result, [...parameters]) as unknown as NativeFunction;
    return bound(...values);
  };
}

/** A system call by number, for those that older C libraries (and musl) do not export. */
export function bindSyscall(name: SyscallName, parameters: readonly NativeType[]): NativeFunction {
  let bound: NativeFunction | undefined;
  let number = 0;
  return (...values) => {
    if (!bound) {
      number = syscallNumber(name);
      bound = libc().library.func("syscall", "long", ["long", ...parameters]) as unknown as NativeFunction;
    }
    return bound(number, ...values);
  };
}

/** The errno of the last native call of this thread; to be read right after it. */
export function lastErrno(): number {
  return libc().errno();
}

/** PATH_MAX of the kernel with the NUL; longer paths get ENAMETOOLONG there. */
const pathMax = 4096;
const pathBuffers = [Buffer.alloc(pathMax + 1), Buffer.alloc(pathMax + 1)] as const;

/**
 * A byte string as a C string. The bytes stand in a buffer that the next path of the same slot overwrites: calls are
 * synchronous, and one with two paths uses both slots.
 * @throws PATH_INVALID on a NUL, which would silently cut the path.
 */
export function cString(bytes: string, slot: 0 | 1 = 0): Uint8Array {
  if (bytes.includes("\0"))
    throw runnerError("PATH_INVALID", `the path ${JSON.stringify(bytes)} contains a NUL byte`);
  if (bytes.length > pathMax) return Buffer.from(`${bytes}\0`, "latin1");
  const buffer = pathBuffers[slot];
  buffer[buffer.write(bytes, "latin1")] = 0;
  return buffer;
}
