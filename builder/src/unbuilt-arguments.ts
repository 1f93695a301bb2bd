import { parseBoolean } from "./dockerfile/values/boolean.ts";

/** Build arguments that ask BuildKit for something more, and what that is. */
const unbuilt: Readonly<Record<string, string>> = {
  BUILDKIT_INLINE_CACHE: "a cache inside the image",
  BUILDKIT_MULTI_PLATFORM: "an index around a single image",
};

/** What a build says of arguments whose wish is not built yet: it goes on without, for many command lines carry them always. */
export function unbuiltArguments(buildArgs: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(unbuilt).flatMap(([name, what]) =>
    Object.hasOwn(buildArgs, name) && parseBoolean(buildArgs[name] ?? "") === true
      ? [`the build argument ${name} asks for ${what}, which is not supported yet: this build has none`]
      : [],
  );
}
