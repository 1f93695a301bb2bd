import type { Command } from "../command.ts";
import { versionCommand } from "./version.ts";

/** Every verb, in the order the overview lists them. */
export const commands: readonly Command[] = [versionCommand];
