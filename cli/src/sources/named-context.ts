import { statSync } from "node:fs";
import { resolve } from "node:path";
import { isLayoutReference, type NamedContext, readRepositoryAddress } from "@tsbuild/builder";
import { parseReference } from "@tsbuild/layers";
import { cliError } from "../errors.ts";
import { formatLayoutReference, readLayoutReference } from "../images/layout-reference.ts";

/**
 * Reads what `--build-context NAME=…` names: a directory, `docker-image://…`, `oci-layout://…`, a URL or a repository.
 * @throws USAGE, CONTEXT_MISSING, OPTION_INVALID
 */
export function readNamedContext(name: string, place: string, cwd: string): NamedContext {
  checkName(name);
  if (isLayoutReference(place))
    return { kind: "image", reference: formatLayoutReference(readLayoutReference(place, cwd)) };
  if (place.startsWith(imageScheme)) return { kind: "image", reference: place.slice(imageScheme.length) };
  const directory = resolve(cwd, place);
  const isDirectory = statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true;
  const repository = isDirectory ? undefined : readRepositoryAddress(place);
  if (repository !== undefined) return { kind: "git", ...repository };
  // BuildKit: one file of this name; nothing is unpacked.
  if (/^https?:\/\//.test(place)) return { kind: "http", url: place, fileName: "context" };
  if (isDirectory) return { kind: "local", directory };
  if (/^[a-z-]+:/.test(place))
    throw cliError("USAGE", `unsupported context source ${place.replace(/:.*/s, "")} for ${name}`, {
      hint: "there are directories, docker-image://, oci-layout://, http(s) URLs and git repositories",
    });
  throw cliError("CONTEXT_MISSING", `the context ${name}=${place} is not a directory`, {
    hint: "name a directory, docker-image://IMAGE, oci-layout://PATH, a URL or a git repository",
  });
}

const imageScheme = "docker-image://";

/** A stage or an image, perhaps for one platform only: `alpine`, `base::linux/arm64`. */
function checkName(name: string): void {
  try {
    parseReference(name.replace(/::.*$/s, ""));
  } catch (cause) {
    throw cliError("USAGE", `invalid context name ${name}: ${(cause as Error).message}`, {
      cause,
      hint: "name the stage or the image that the context stands for",
    });
  }
}
