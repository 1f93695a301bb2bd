import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { randomBytes } from "node:crypto";
import { type OpenStoreOptions, openStore, type Store } from "@tsbuild/layers";
import type { Terminal } from "./terminal.ts";

/** The store directory: `--root`, else `$TSBUILD_ROOT`, else the system's for root and the user's own otherwise. */
export function storeRoot(option: string | undefined, { env, cwd }: Pick<Terminal, "env" | "cwd">): string {
  const chosen = option ?? env["TSBUILD_ROOT"];
  if (chosen !== undefined && chosen !== "") return resolve(cwd, chosen);
  if (process.getuid?.() === 0) return "/var/lib/tsbuild";
  const data = env["XDG_DATA_HOME"];
  return join(data !== undefined && data !== "" ? data : join(homedir(), ".local", "share"), "tsbuild");
}

export const randomHex = (bytes: number): string => randomBytes(bytes).toString("hex");

export function openStoreFor(
  option: string | undefined,
  terminal: Pick<Terminal, "env" | "cwd">,
  mode: OpenStoreOptions["mode"] = "read-write",
): Store {
  return openStore(storeRoot(option, terminal), { mode, now: Date.now, randomHex });
}
