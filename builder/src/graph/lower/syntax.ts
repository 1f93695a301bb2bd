import { detectSyntax } from "../../dockerfile/scan/directives.ts";
import { splitLines } from "../../dockerfile/scan/lines.ts";
import { dockerfileError, lineRange } from "../../dockerfile/place.ts";
import type { Dockerfile } from "../../dockerfile/stages.ts";
import { builderError } from "../../errors.ts";
import { ownValue } from "./variables.ts";

/** BuildKit's own frontend, behind any registry and with any tag: tsbuild speaks it and never fetches it. */
const known = /^(?:[^/]+\/)*docker\/dockerfile(?:-upstream)?(?:[:@].*)?$|^dockerfile\.v0$/;

/**
 * Refuses files that ask for another frontend, with `# syntax=` or the build argument BUILDKIT_SYNTAX.
 * @throws DOCKERFILE_UNSUPPORTED
 */
export function checkSyntax(dockerfile: Dockerfile, buildArgs: Readonly<Record<string, string>>): void {
  const given = ownValue(buildArgs, "BUILDKIT_SYNTAX");
  const request = detectSyntax(splitLines(dockerfile.source));
  const reference = given === undefined ? request?.reference : given.split(" ", 1)[0];
  if (reference === undefined || known.test(reference)) return;
  const sentence = `the frontend ${reference} is not supported: tsbuild speaks docker/dockerfile only`;
  const hint = "remove the syntax line, or pass --build-arg BUILDKIT_SYNTAX=docker/dockerfile";
  if (given !== undefined || request === undefined)
    throw builderError("DOCKERFILE_UNSUPPORTED", sentence, { hint });
  const { location } = dockerfileError(
    sentence,
    { file: dockerfile.source.file, range: lineRange(request.line) },
    {},
  );
  throw builderError("DOCKERFILE_UNSUPPORTED", sentence, { hint, ...(location && { location }) });
}
