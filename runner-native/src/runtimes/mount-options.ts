import { runnerError } from "../errors.ts";
import { mountAttributes } from "../sys/mount.ts";

/** How the helper mounts one entry of the spec; the numbers are native/helper.h's. */
export interface MountPlan {
  readonly flags: number;
  readonly attributes: number;
  /** Options of the file system itself, `key=value` separated by commas. */
  readonly data: string;
}

export const mountFlag = { recursive: 1, onHost: 2, stubOnly: 4, device: 8 } as const;

const attributes: Readonly<Record<string, number>> = {
  ro: mountAttributes.readOnly,
  nosuid: mountAttributes.noSuid,
  nodev: mountAttributes.noDevices,
  noexec: mountAttributes.noExec,
  noatime: mountAttributes.noAccessTime,
};

/**
 * Understood and without effect: they ask for what a mount has anyway. Every mount is private to the container, because
 * its whole mount namespace is.
 */
const withoutEffect: ReadonlySet<string> = new Set(
  "bind rw suid dev exec atime relatime strictatime private rprivate slave rslave".split(" "),
);

/** Options of runtime-spec 1.1 that hold for everything below the mount too. */
const recursiveForm: Readonly<Record<string, string>> = {
  rro: "ro",
  rnosuid: "nosuid",
  rnodev: "nodev",
  rnoexec: "noexec",
};

/**
 * Splits OCI mount options (runtime-spec config.md "Linux mount options") into flags, attributes and data.
 * Attributes of a recursive bind hold for everything below it, with `rro` as with `ro`.
 */
export function planMount(given: readonly string[]): MountPlan {
  const options = given.map((option) => recursiveForm[option] ?? option);
  const data = options.filter(
    (option) => option !== "rbind" && !withoutEffect.has(option) && attributes[option] === undefined,
  );
  const isDevice = options.includes("bind") && options.includes("dev");
  return {
    flags: (options.includes("rbind") ? mountFlag.recursive : 0) | (isDevice ? mountFlag.device : 0),
    attributes: options.reduce((bits, option) => bits | (attributes[option] ?? 0), 0),
    data: data.join(","),
  };
}

/** An overlay's plan: no data, but upper and work directory and the layers, topmost first. */
export interface OverlayPlan extends MountPlan {
  readonly layers: readonly [upper: string, work: string, ...lower: string[]];
}

/**
 * Splits the options of an overlay mount: `lowerdir+=PATH` for each layer, topmost first, `upperdir=PATH`, `workdir=PATH`.
 * The rest of its options are the runtime's own choice.
 * @throws SANDBOX_FAILED when one of them is missing.
 */
export function planOverlay(options: readonly string[]): OverlayPlan {
  const valuesOf = (key: string): string[] =>
    options.filter((option) => option.startsWith(`${key}=`)).map((option) => option.slice(key.length + 1));
  const [upper, work, lower] = [valuesOf("upperdir")[0], valuesOf("workdir")[0], valuesOf("lowerdir+")];
  if (upper === undefined || work === undefined || lower.length === 0)
    throw runnerError("SANDBOX_FAILED", "an overlay mount needs lowerdir+, upperdir and workdir");
  const { flags, attributes: bits } = planMount(options);
  return { flags, attributes: bits, data: "", layers: [upper, work, ...lower] };
}
