import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OciMount } from "@tsbuild/runner-native";
import { builderError } from "../../errors.ts";
import type { RunMount } from "../../graph/step.ts";
import { bind } from "./bind-mount.ts";
import { giveTo } from "./give-to.ts";
import { openMemoryDirectory } from "./memory-directory.ts";
import type { MountOptions, RunMounts } from "./run-mounts.ts";

type SecretMount = Extract<RunMount, { kind: "secret" }>;
type InlineMount = Extract<RunMount, { kind: "inline" }>;

/** A secret as a file only its user can read, as a variable, or both. */
export function secretMount(mount: SecretMount, { tools, resources }: MountOptions): RunMounts {
  const read = tools.request.secrets?.[mount.id];
  if (!read) {
    if (!mount.required) return { mounts: [], env: [] };
    throw builderError("OPTION_INVALID", `secret ${mount.id}: not found, and the step requires it`, {
      hint: `add --secret id=${mount.id},src=FILE`,
    });
  }
  const value = read();
  const env = mount.env === undefined ? [] : [`${mount.env}=${Buffer.from(value).toString("utf8")}`];
  if (mount.target === undefined) return { mounts: [], env };
  const file = join(resources.use(openMemoryDirectory()).path, "secret");
  writeFile(file, { content: value, mode: mount.mode, owner: mount });
  return { mounts: [bind(mount.target, file, "ro")], env };
}

/** A heredoc that starts with `#!`: a program for this one step. */
export function inlineMount(mount: InlineMount, { tools }: MountOptions): OciMount {
  const file = join(tools.store.temporaryDirectory("inline"), "file");
  writeFile(file, { content: Buffer.from(mount.content), mode: mount.mode, owner: { uid: 0, gid: 0 } });
  return bind(mount.target, file, "ro");
}

interface FileOf {
  readonly content: Uint8Array;
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number };
}

function writeFile(path: string, { content, mode, owner }: FileOf): void {
  writeFileSync(path, content, { mode: 0o600 });
  giveTo(path, owner);
  chmodSync(path, mode);
}
