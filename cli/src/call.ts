import { answerCall, type CallAnswer, type CallName } from "@tsbuild/builder";
import { type BuildOptions, sourcePlaceOf, requestOf, withPorts } from "./build.ts";
import type { BuildSources } from "./options/source-options.ts";
import { openSources } from "./sources/sources.ts";

/**
 * Answers a question about a Dockerfile, with the options of a build; nothing is built. Base images are looked up where
 * a build would look. `say` is told what a build would notice.
 */
export async function call(
  name: CallName,
  options: BuildOptions,
  say: (message: string) => void = () => undefined,
): Promise<CallAnswer> {
  await using sources = await openSources(options, sourcePlaceOf(options, say));
  return await callOn(name, options, { sources, say });
}

/** As `call`, with sources that are open already. */
export async function callOn(
  name: CallName,
  options: BuildOptions,
  { sources, say }: { readonly sources: BuildSources; readonly say: (message: string) => void },
): Promise<CallAnswer> {
  const request = requestOf(options, sources);
  return withPorts(options, say, (ports) => answerCall(name, request, ports));
}
