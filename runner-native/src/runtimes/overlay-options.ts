/**
 * No syncing for a layer that is thrown away if the build dies, and only what can be turned into a layer: no redirects,
 * no metadata-only copies.
 */
const common = "volatile,redirect_dir=nofollow,metacopy=off,index=off,xino=off";

/** Options of a writable overlay; in a user namespace its marks must be `user.*` attributes. */
export function overlayOptions(place: "initial user namespace" | "user namespace"): string {
  return place === "user namespace" ? `${common},userxattr` : common;
}
