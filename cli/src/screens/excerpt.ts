import { type BuildRequest, problemsOf, renderError, renderExcerpt } from "@tsbuild/builder";
import { TsbuildError } from "@tsbuild/runner-native";

/** The lines of the Dockerfile that an error is about, marked; empty for an error that has no place there. */
export function excerptOf(error: unknown, { name, text }: BuildRequest["dockerfile"]): string {
  if (!(error instanceof TsbuildError)) return "";
  const source = { file: name, text };
  if (problemsOf(error).length > 1) return `${renderError(error, source)}\n`;
  const { location } = error;
  return location?.file === name ? `${name}:${location.line}\n${renderExcerpt(source, location)}\n` : "";
}
