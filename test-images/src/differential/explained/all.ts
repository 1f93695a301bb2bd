import { buildahExplained } from "./buildah.ts";
import { dockerExplained } from "./docker.ts";
import type { Explanation } from "./explanation.ts";

/** Every difference that remains. */
export const explained: readonly Explanation[] = [...dockerExplained, ...buildahExplained];
