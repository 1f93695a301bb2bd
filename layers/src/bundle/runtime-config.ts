import { containerSpec, type OciSpec, type OciUser } from "@tsbuild/runner-native";
import { layersError } from "../errors.ts";
import type { ContainerConfig, ImageConfig } from "../image/config.ts";
import { ociUser, type ResolvedUser, resolveUser } from "../image/user.ts";
import type { TreeView } from "../tree/tree-view.ts";

/** What docker and podman set when the image says nothing. */
const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

type IdMappings = NonNullable<OciSpec["linux"]["uidMappings"]>;

export interface BundleOptions {
  /** "none" is a network of its own with a loopback interface. */
  readonly network?: "host" | "none";
  readonly hostname?: string;
  /** Instead of the image's Cmd (after its Entrypoint). */
  readonly command?: readonly string[];
  readonly readonlyRoot?: boolean;
  /** A user namespace with these ids, for who is not root. */
  readonly idMappings?: { readonly uids: IdMappings; readonly gids: IdMappings };
}

/**
 * The config.json of a bundle for an image, by image-spec conversion.md; names of users are looked up in the image's own files.
 * Volumes stay plain directories of the root file system, which belongs to the bundle alone.
 * @throws USER_UNKNOWN, MANIFEST_INVALID when the image has no command
 */
export async function runtimeConfig(
  image: ImageConfig,
  view: TreeView,
  { network = "none", hostname = "tsbuild", command, readonlyRoot = false, idMappings }: BundleOptions = {},
): Promise<OciSpec> {
  const config = image.config ?? {};
  const user = await resolveUser(view, config.User ?? "");
  const spec = containerSpec({
    argv: argumentsOf(config, command),
    env: environmentOf(config, user),
    cwd: absolute(config.WorkingDir),
    user: ociUser(user),
    hostname,
    network,
    readonlyRoot,
  });
  const annotated = { ...spec, annotations: annotationsOf(image) };
  return idMappings ? inUserNamespace(annotated, idMappings) : annotated;
}

/** The bytes of config.json, for people to read and change. */
export function writeRuntimeConfig(spec: OciSpec): Buffer {
  return Buffer.from(`${JSON.stringify(spec, undefined, 2)}\n`);
}

function argumentsOf(config: ContainerConfig, command: readonly string[] | undefined): readonly string[] {
  const args = [...(config.Entrypoint ?? []), ...(command ?? config.Cmd ?? [])];
  if (args.length > 0) return args;
  throw layersError("MANIFEST_INVALID", "the image has neither an ENTRYPOINT nor a CMD", {
    hint: "give a command, or set one in the Dockerfile",
  });
}

/** HOME is written down so that every runtime starts the same process. */
function environmentOf(config: ContainerConfig, user: ResolvedUser): readonly string[] {
  const env = [...(config.Env ?? [])];
  if (!env.some((entry) => entry.startsWith("PATH="))) env.unshift(defaultPath);
  if (!env.some((entry) => entry.startsWith("HOME="))) env.push(`HOME=${user.home}`);
  return env;
}

function absolute(path: string | undefined): string {
  if (!path) return "/";
  return path.startsWith("/") ? path : `/${path}`;
}

/** conversion.md "Annotation Fields"; a label with the name of one of them wins. */
function annotationsOf(image: ImageConfig): Record<string, string> {
  const { config = {} } = image;
  const implicit: Record<string, string | undefined> = {
    "org.opencontainers.image.os": image.os,
    "org.opencontainers.image.architecture": image.architecture,
    "org.opencontainers.image.variant": image.variant,
    "org.opencontainers.image.os.version": image["os.version"],
    "org.opencontainers.image.os.features": image["os.features"]?.join(","),
    "org.opencontainers.image.author": image.author,
    "org.opencontainers.image.created": image.created,
    "org.opencontainers.image.stopSignal": config.StopSignal,
    "org.opencontainers.image.exposedPorts": Object.keys(config.ExposedPorts ?? {}).join(","),
  };
  const annotations: Record<string, string> = {};
  for (const [name, value] of Object.entries(implicit)) if (value) annotations[name] = value;
  return { ...annotations, ...config.Labels };
}

/** A terminal's group must be one that the namespace knows. */
function inUserNamespace(spec: OciSpec, { uids, gids }: NonNullable<BundleOptions["idMappings"]>): OciSpec {
  const hasTtyGroup = gids.some(({ containerID, size }) => containerID <= 5 && 5 < containerID + size);
  const mounts = spec.mounts.map((mount) =>
    mount.type === "devpts" && !hasTtyGroup
      ? { ...mount, options: (mount.options ?? []).filter((option) => option !== "gid=5") }
      : mount,
  );
  const namespaces = [{ type: "user" as const }, ...spec.linux.namespaces];
  const linux = { ...spec.linux, namespaces, uidMappings: uids, gidMappings: gids };
  const process = { ...spec.process, user: withoutOwnGroup(spec.process.user) };
  return { ...spec, process, mounts, linux };
}

/** runc lets no ordinary user set supplementary groups; the own group, which docker repeats among them, is no loss. */
function withoutOwnGroup({ additionalGids, ...user }: OciUser): OciUser {
  const others = (additionalGids ?? []).filter((group) => group !== user.gid);
  return others.length === 0 ? user : { ...user, additionalGids: [user.gid, ...others] };
}
