import type { Command } from "../command.ts";
import { imagesCommand } from "./images.ts";
import { inspectCommand } from "./inspect.ts";
import { rmiCommand } from "./rmi.ts";
import { tagCommand } from "./tag.ts";
import { unshareCommand } from "./unshare.ts";
import { versionCommand } from "./version.ts";

/** Every verb, in the order the overview lists them. */
export const commands: readonly Command[] = [
  imagesCommand,
  inspectCommand,
  tagCommand,
  rmiCommand,
  unshareCommand,
  versionCommand,
];
