import type { Command } from "../command.ts";
import { buildCommand } from "./build.ts";
import { bundleCommand } from "./bundle.ts";
import { duCommand } from "./du.ts";
import { historyCommand } from "./history.ts";
import { imagesCommand } from "./images.ts";
import { inspectCommand } from "./inspect.ts";
import { loadCommand } from "./load.ts";
import { pruneCommand } from "./prune.ts";
import { pullCommand } from "./pull.ts";
import { pushCommand } from "./push.ts";
import { rmiCommand } from "./rmi.ts";
import { saveCommand } from "./save.ts";
import { tagCommand } from "./tag.ts";
import { unpackCommand } from "./unpack.ts";
import { unshareCommand } from "./unshare.ts";
import { versionCommand } from "./version.ts";

/** Every verb, in the order the overview lists them. */
export const commands: readonly Command[] = [
  buildCommand,
  pushCommand,
  pullCommand,
  imagesCommand,
  inspectCommand,
  historyCommand,
  tagCommand,
  rmiCommand,
  saveCommand,
  loadCommand,
  unpackCommand,
  bundleCommand,
  duCommand,
  pruneCommand,
  unshareCommand,
  versionCommand,
];
