import type { Xattrs } from "../tar/entry.ts";

/** Where attributes come from: files a user has lying about, or what a layer (a base image, a RUN) says. */
export type XattrOrigin = "context" | "layer";

const capability = "security.capability";

/**
 * The extended attributes that belong to a layer: from a context only file capabilities, from layers also `user.*`.
 * Whatever overlayfs would take for its own (`*.overlay.*`) never does: an image must not forge whiteouts or redirects.
 */
export function keptXattrs(xattrs: Xattrs | undefined, origin: XattrOrigin): Xattrs | undefined {
  if (!xattrs || xattrs.size === 0) return undefined;
  const kept = new Map<string, Buffer>();
  for (const [name, value] of xattrs) {
    if (name === capability) kept.set(name, portableCapability(value));
    else if (origin === "layer" && name.startsWith("user.") && !name.startsWith("user.overlay."))
      kept.set(name, value);
  }
  if (kept.size === 0) return undefined;
  return kept.size < 2 ? kept : new Map([...kept].sort(([a], [b]) => (a < b ? -1 : 1)));
}

// linux/capability.h: the revision is the top byte of the first little-endian word; revision 3 appends the root id of a
// user namespace, which means nothing on another machine.
const revisionByte = 3;
const bytesOfRevision2 = 20;

function portableCapability(value: Buffer): Buffer {
  if (value[revisionByte] !== 3 || value.length <= bytesOfRevision2) return value;
  const portable = Buffer.from(value.subarray(0, bytesOfRevision2));
  portable[revisionByte] = 2;
  return portable;
}

/** True when both hold the same names and bytes. */
export function sameXattrs(a: Xattrs | undefined, b: Xattrs | undefined): boolean {
  if ((a?.size ?? 0) !== (b?.size ?? 0)) return false;
  if (!a || !b) return true;
  for (const [name, value] of a) {
    const other = b.get(name);
    if (!other?.equals(value)) return false;
  }
  return true;
}
