import { answerCall, type CallAnswer, type CallName } from "@tsbuild/builder";
import { type BuildOptions, requestOf, withPorts } from "./build.ts";

/**
 * Answers a question about a Dockerfile, with the options of a build; nothing is built. Base images are looked up where
 * a build would look. `say` is told what a build would notice.
 */
export async function call(
  name: CallName,
  options: BuildOptions,
  say: (message: string) => void = () => undefined,
): Promise<CallAnswer> {
  const request = requestOf(options);
  return withPorts(options, say, ({ images }) => answerCall(name, request, images));
}
