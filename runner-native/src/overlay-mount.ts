import { closeSync, constants, readSync } from "node:fs";
import { runnerError } from "./errors.ts";
import { overlayOptions } from "./runtimes/overlay-options.ts";
import { hasErrno } from "./sys/check.ts";
import { isFeatureDisabled } from "./sys/features.ts";
import { currentDirectory, openAt, openFlags } from "./sys/files.ts";
import {
  cloneMount,
  fsConfigFlag,
  fsConfigString,
  fsCreate,
  fsMount,
  fsOpen,
  mountAttributes,
} from "./sys/mount.ts";
import { bytesFromText } from "./tree-path.ts";
import { isInUserNamespace } from "./user-namespace/detect.ts";

/** What an overlay mount is made of; all on the host. */
export interface OverlayLayers {
  /** Absolute paths, topmost first, 1 to 500. */
  readonly lower: readonly string[];
  /** Without it the mount is read-only. `work` must be an empty directory beside `upper`. */
  readonly writable?: { readonly upper: string; readonly work: string };
}

/** OVL_MAX_STACK of the kernel: the 501st layer is EINVAL. */
export const maxLowerLayers = 500;
/** fsconfig(2) takes values of 255 bytes. */
const longestValue = 255;

/**
 * Merges layers in a mount that is attached nowhere: it is reached through the descriptor alone (rootDirFromFd), is in no mount
 * table, and is gone with the descriptor, so a killed process leaves nothing. Needs CAP_SYS_ADMIN over the mount namespace.
 * @throws FEATURE_MISSING where the kernel cannot merge so many layers this way.
 */
export function mountOverlay(layers: OverlayLayers): number {
  const { lower, writable } = layers;
  if (lower.length === 0 || lower.length > maxLowerLayers)
    throw runnerError("FEATURE_MISSING", `overlayfs cannot merge ${lower.length} layers`, {
      hint: `it takes 1 to ${maxLowerLayers}`,
    });
  if (isFeatureDisabled("fsopen") || isFeatureDisabled("overlay"))
    throw runnerError("FEATURE_MISSING", "detached overlay mounts are switched off by TSBUILD_DISABLE");
  const [only] = lower;
  // overlayfs wants two lower directories where there is no upper one.
  if (lower.length === 1 && !writable) return cloneMount(currentDirectory, bytesFromText(only as string));
  return mountWith(takesLayersOneByOne() ? addLowerLayers : addShortNames, layers);
}

/**
 * Since 6.7. Before 6.5 overlayfs lets its options pile up unread, so that anything seems known until the mount is made, which then
 * leaves a line in the kernel's log.
 */
function takesLayersOneByOne(): boolean {
  if (isFeatureDisabled("lowerdir+")) return false;
  const context = fsOpen("overlay");
  try {
    return takes(context, "lowerdir+") && !takes(context, "no-such-option");
  } finally {
    closeSync(context);
  }
}

function takes(context: number, option: string): boolean {
  try {
    fsConfigString(context, option, "/");
    return true;
  } catch (error) {
    if (hasErrno(error, "EINVAL")) return false;
    throw error;
  }
}

/** Gives a context its lower layers. */
type AddLayers = (context: number, lower: readonly string[], names: MountNames) => void;

function mountWith(addLayers: AddLayers, { lower, writable }: OverlayLayers): number {
  using names = new MountNames();
  const context = fsOpen("overlay");
  try {
    addLayers(context, lower, names);
    if (writable) {
      fsConfigString(context, "upperdir", names.of(writable.upper));
      fsConfigString(context, "workdir", names.of(writable.work));
    }
    configure(context, writable ? "writable" : "read-only");
    fsCreate(context);
    return fsMount(context, mountAttributes.noDevices);
  } catch (cause) {
    throw withKernelMessage(context, cause);
  } finally {
    closeSync(context);
  }
}

/** Paths as mount options take them: long ones, and those with a character that options use, go through an open descriptor. */
class MountNames implements Disposable {
  readonly #opened: number[] = [];

  of(path: string): string {
    const bytes = bytesFromText(path);
    return bytes.length > longestValue || /[\\:,]/.test(bytes) ? this.short(path) : bytes;
  }

  short(path: string): string {
    const fd = openAt(currentDirectory, bytesFromText(path), openFlags.path | constants.O_DIRECTORY);
    this.#opened.push(fd);
    return `/proc/self/fd/${fd}`;
  }

  [Symbol.dispose](): void {
    for (const fd of this.#opened) closeSync(fd);
  }
}

function configure(context: number, kind: "writable" | "read-only"): void {
  const options = overlayOptions(isInUserNamespace() ? "user namespace" : "initial user namespace");
  for (const option of options.split(",")) {
    const [key = "", value] = option.split("=");
    if (value !== undefined) fsConfigString(context, key, value);
    // Without an upper directory there is nothing to sync.
    else if (kind === "writable" || key !== "volatile") fsConfigFlag(context, key);
  }
}

function addLowerLayers(context: number, lower: readonly string[], names: MountNames): void {
  for (const path of lower) fsConfigString(context, "lowerdir+", names.of(path));
}

/** One value for all layers: short names make room for about fourteen. */
function addShortNames(context: number, lower: readonly string[], names: MountNames): void {
  const value = lower.map((path) => names.short(path)).join(":");
  if (value.length > longestValue)
    throw runnerError(
      "FEATURE_MISSING",
      `this kernel cannot merge ${lower.length} layers in a detached mount`,
      {
        hint: "Linux 6.7 or newer can",
      },
    );
  fsConfigString(context, "lowerdir", value);
}

/** The kernel says in words what was wrong, on the descriptor of the context. */
function withKernelMessage(context: number, cause: unknown): unknown {
  const message = readMessage(context);
  if (message === undefined || !(cause instanceof Error)) return cause;
  return runnerError("FEATURE_MISSING", `${cause.message} (${message})`, { cause });
}

function readMessage(context: number): string | undefined {
  const bytes = Buffer.alloc(1024);
  try {
    return bytes.toString("utf8", 0, readSync(context, bytes)).trim();
  } catch (error) {
    if (hasErrno(error, "ENODATA", "EMSGSIZE", "EINVAL")) return undefined;
    throw error;
  }
}
