import type { OciResources } from "../spec.ts";

/** One file of a cgroup's directory and what is written to it. */
export interface Setting {
  readonly controller: "memory" | "cpu" | "cpuset";
  readonly file: string;
  readonly value: string;
}

const unlimited = -1;
const defaultPeriod = 100_000;

/** Limits as a hierarchy of this version has them, in the order in which they are written. */
export function settingsOf({ memory, cpu }: OciResources, version: 1 | 2): Setting[] {
  const rows: (readonly [Setting["controller"], string, string | number | undefined])[] =
    version === 1
      ? [
          ["memory", "memory.limit_in_bytes", memory?.limit],
          ["memory", "memory.memsw.limit_in_bytes", memory?.swap],
          ["cpu", "cpu.shares", cpu?.shares],
          ["cpu", "cpu.cfs_period_us", cpu?.period],
          ["cpu", "cpu.cfs_quota_us", cpu?.quota],
          ["cpuset", "cpuset.cpus", cpu?.cpus],
          ["cpuset", "cpuset.mems", cpu?.mems],
        ]
      : [
          ["memory", "memory.max", maximum(memory?.limit)],
          ["memory", "memory.swap.max", swapAlone(memory)],
          ["cpu", "cpu.weight", cpu?.shares === undefined ? undefined : weightOf(cpu.shares)],
          ["cpu", "cpu.max", bandwidth(cpu)],
          ["cpuset", "cpuset.cpus", cpu?.cpus],
          ["cpuset", "cpuset.mems", cpu?.mems],
        ];
  return rows.flatMap(([controller, file, value]) =>
    value === undefined ? [] : [{ controller, file, value: String(value) }],
  );
}

function maximum(value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  return value === unlimited ? "max" : String(value);
}

/** The runtime-spec's swap counts memory too; version 2 limits swap by itself. */
function swapAlone(memory: OciResources["memory"]): string | undefined {
  const { swap, limit } = memory ?? {};
  if (swap === undefined || swap === unlimited) return maximum(swap);
  return String(Math.max(0, swap - (limit ?? 0)));
}

/** Shares are 2 to 262144, weights 1 to 10000 (systemd's and runc's mapping). */
function weightOf(shares: number): number {
  return 1 + Math.trunc(((Math.min(Math.max(shares, 2), 262_144) - 2) * 9999) / 262_142);
}

function bandwidth(cpu: OciResources["cpu"]): string | undefined {
  if (cpu?.quota === undefined && cpu?.period === undefined) return undefined;
  return `${maximum(cpu.quota) ?? "max"} ${cpu.period ?? defaultPeriod}`;
}
