import { Problem } from "../problem.ts";

/** An image name with docker's defaults filled in. */
export interface ImageName {
  /** `docker.io/library/busybox:latest`, with `@sha256:…` when it was given. */
  readonly full: string;
  /** As a user would write it, `:latest` left out. */
  readonly familiar: string;
  readonly hasDigest: boolean;
}

/** Docker allows 255 characters for the repository; registry, tag and digest come on top. */
const maxNameCharacters = 1000;

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const path = new RegExp(`^${component}(?:/${component})*$`);
const domain =
  /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::\d+)?$|^\[[0-9a-fA-F:]+\](?::\d+)?$/;
const tag = /^\w[\w.-]{0,127}$/;
const digest = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/**
 * Reads an image name as docker does.
 * @throws Problem "invalid reference format …"
 */
export function parseImageName(text: string): ImageName {
  if (text.length > maxNameCharacters) throw new Problem("invalid reference format: the name is too long");
  if (/^[a-f0-9]{64}$/.test(text))
    throw new Problem(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  const at = text.indexOf("@");
  const digestText = at < 0 ? "" : text.slice(at + 1);
  if (at >= 0 && !digest.test(digestText)) throw new Problem("invalid reference format");
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const tagText = hasTag ? named.slice(colon + 1) : "";
  if (hasTag && !tag.test(tagText)) throw new Problem("invalid reference format");
  const { host, repository } = splitDomain(hasTag ? named.slice(0, colon) : named);
  if (repository !== repository.toLowerCase())
    throw new Problem(`invalid reference format: repository name (${repository}) must be lowercase`);
  if (!domain.test(host) || !path.test(repository)) throw new Problem("invalid reference format");
  const shown = host !== "docker.io" ? `${host}/${repository}` : repository.replace(/^library\/(?!.*\/)/, "");
  const suffix = at < 0 ? "" : `@${digestText}`;
  const fullTag = hasTag ? `:${tagText}` : at < 0 ? ":latest" : "";
  return {
    full: `${host}/${repository}${fullTag}${suffix}`,
    familiar: `${shown}${tagText === "" || tagText === "latest" ? "" : `:${tagText}`}${suffix}`,
    hasDigest: at >= 0,
  };
}

function splitDomain(name: string): { readonly host: string; readonly repository: string } {
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const isHost =
    first !== "" && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  const host = !isHost || first === "index.docker.io" ? "docker.io" : first;
  const rest = isHost ? name.slice(slash + 1) : name;
  return { host, repository: host === "docker.io" && !rest.includes("/") ? `library/${rest}` : rest };
}
