import type { BuildEvent, BuildRequest } from "@tsbuild/builder";
import { shortWarning } from "./warnings.ts";

/** A warning with the fields of BuildKit's VertexWarning; texts are base64. The source has its text where the Dockerfile is given. */
export function vertexWarning(
  event: BuildEvent & { kind: "warning" },
  dockerfile?: BuildRequest["dockerfile"],
): object {
  const { detail, url, location } = event;
  return {
    level: 1,
    short: base64(shortWarning(event)),
    ...(detail ? { detail: [base64(detail)] } : {}),
    ...(url ? { url } : {}),
    ...(location
      ? {
          sourceInfo: {
            filename: location.file,
            ...(dockerfile?.name === location.file ? { data: base64(dockerfile.text) } : {}),
            language: "Dockerfile",
          },
          range: [{ start: { line: location.line }, end: { line: location.endLine ?? location.line } }],
        }
      : {}),
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
