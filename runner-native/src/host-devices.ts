import { readdirSync } from "node:fs";
import type { OciDevice } from "./spec.ts";

/** Character devices that BuildKit gives an insecure step besides the standard ones (Linux' devices.txt). */
const characters: readonly (readonly [path: string, major: number, minor: number])[] = [
  ["/dev/kmsg", 1, 11],
  ["/dev/cuse", 10, 203],
  ["/dev/fuse", 10, 229],
  ["/dev/kvm", 10, 232],
  ["/dev/net/tun", 10, 200],
  ["/dev/loop-control", 10, 237],
];
const loopMajor = 7;
/** Loop devices that a step may still make, beyond those that the host has. */
const spareLoops = 8;

/** The devices of an insecure container, whether or not the host's kernel has a driver for them. */
export function hostDevices(): OciDevice[] {
  const loops = nextLoop() + spareLoops;
  return [
    ...characters.map(([path, major, minor]) => ({ path, type: "c" as const, major, minor })),
    ...Array.from({ length: loops }, (_, minor) => ({
      path: `/dev/loop${minor}`,
      type: "b" as const,
      major: loopMajor,
      minor,
    })),
  ];
}

function nextLoop(): number {
  const numbers = readdirSync("/dev").flatMap((name) => /^loop(\d{1,4})$/.exec(name)?.[1] ?? []);
  return Math.max(-1, ...numbers.map(Number)) + 1;
}
