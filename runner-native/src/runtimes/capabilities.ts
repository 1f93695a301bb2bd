import { readFileSync } from "node:fs";
import { runnerError } from "../errors.ts";

/** linux/capability.h, in the order of their numbers. */
const names = (
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE " +
  "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN " +
  "SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE " +
  "MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
).split(" ");

/** The names of all that this process itself may do: nobody can grant more. */
export function ownCapabilities(
  status: string = readFileSync("/proc/self/status", "utf8"),
): readonly string[] {
  const bits = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return names.filter((_, number) => (bits >> BigInt(number)) & 1n).map((name) => `CAP_${name}`);
}

/** The kernel's bit set of capability names (`CAP_CHOWN`, …). @throws SANDBOX_FAILED on a name it does not know. */
export function capabilityBits(capabilities: readonly string[]): bigint {
  return capabilities.reduce((bits, capability) => {
    const number = names.indexOf(capability.replace(/^CAP_/, ""));
    if (number < 0) throw runnerError("SANDBOX_FAILED", `${capability} is not the name of a capability`);
    return bits | (1n << BigInt(number));
  }, 0n);
}
