import { formatPlatform, type Platform } from "@tsbuild/layers";
import { Problem } from "../../dockerfile/problem.ts";
import { parseImageName } from "../../dockerfile/values/image-name.ts";
import { withoutUser } from "../../dockerfile/values/hide-credentials.ts";
import type { ContextSource, LowerOptions } from "../options.ts";
import type { StepId } from "../step.ts";
import type { StepList } from "./steps.ts";

/** The step that gives the main build context. */
export function mainContextStep(steps: StepList, options: LowerOptions): StepId {
  const source = options.mainContext ?? { kind: "local" };
  return contextStep(steps, "context", { source, platform: options.buildPlatform });
}

/** The step of a context that is no image. */
export function contextStep(
  steps: StepList,
  name: string,
  { source, platform }: { readonly source: ContextSource; readonly platform: Platform },
): StepId {
  const common = { stage: "", span: undefined, inputs: [], platform };
  const label = name === "context" ? "[internal] load build context" : `[context ${name}] load from client`;
  return steps.once(`context ${name}`, () => {
    switch (source.kind) {
      case "local":
        return { ...common, kind: "context", name: label, context: name };
      case "git":
        return { ...common, ...source, name: `[context ${name}] ${withoutUser(source.url)}` };
      case "http":
        return {
          ...common,
          kind: "http",
          name: `[context ${name}] ${source.url}`,
          url: source.url,
          checksum: undefined,
          fileName: source.fileName,
        };
      case "image":
        throw new Problem(`the context ${name} is an image and has no files of its own`);
    }
  });
}

/** A named context as it was given. */
export interface NamedSource {
  readonly name: string;
  readonly source: ContextSource;
}

/** The named context that stands in for a stage or an image, that of the platform first. */
export function findContext(
  contexts: LowerOptions["contexts"],
  name: string,
  platform: Platform,
): NamedSource | undefined {
  if (contexts === undefined || /^(?:scratch|context)$/i.test(name)) return undefined;
  const wanted = contextKey(name);
  for (const [key, source] of Object.entries(contexts)) {
    const [keyName = "", keyPlatform] = key.split("::");
    if (keyPlatform === formatPlatform(platform) && contextKey(keyName) === wanted)
      return { name: key, source };
  }
  for (const [key, source] of Object.entries(contexts))
    if (!key.includes("::") && contextKey(key) === wanted) return { name: key, source };
  return undefined;
}

/** Names are compared as image names, `:latest` left out. */
function contextKey(name: string): string {
  try {
    return parseImageName(name).familiar;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return name;
  }
}
