import type { EvilArchive } from "./evil-archive.ts";
import { evilFraming } from "./framing.ts";
import { evilLinks } from "./links.ts";
import { evilNames } from "./names.ts";
import { evilSpecials } from "./specials.ts";
import { evilWhiteouts } from "./whiteouts.ts";

/** Every evil archive, for every place where a tar comes in: a layer, a context, ADD, a docker archive. */
export const evilTars: readonly EvilArchive[] = [
  ...evilNames,
  ...evilLinks,
  ...evilWhiteouts,
  ...evilSpecials,
  ...evilFraming,
];
