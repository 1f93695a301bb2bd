import { isInUserNamespace } from "@tsbuild/runner-native";

/**
 * How overlayfs marks what a layer removes (kernel overlayfs.rst "whiteouts and opaque directories"): a character device 0:0,
 * and an attribute, which a user namespace may only set in the `user.` form.
 */
export interface OverlayMarks {
  readonly opaque: string;
}

/** The names of overlayfs' own attributes here: `user.` ones inside a user namespace. */
export function overlayMarks(): OverlayMarks {
  const isPrivileged = process.geteuid?.() === 0 && !isInUserNamespace();
  return { opaque: isPrivileged ? "trusted.overlay.opaque" : "user.overlay.opaque" };
}

export const opaqueValue: Buffer = Buffer.from("y");
