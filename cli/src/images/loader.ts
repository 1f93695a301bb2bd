import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ImageLoader } from "@tsbuild/builder";
import { cliError } from "../errors.ts";
import type { Terminal } from "../terminal.ts";

const programs = ["docker", "podman"] as const;
/** Of what the program complains about. */
const maxComplaintBytes = 4096;

/** `docker load` or `podman load`, whichever is in PATH first; undefined where there is neither. */
export function findLoader({ env }: Pick<Terminal, "env">): ImageLoader | undefined {
  const directories = (env["PATH"] ?? "").split(":").filter((directory) => directory !== "");
  const program = programs.find((name) =>
    directories.some((directory) => isExecutable(join(directory, name))),
  );
  if (program === undefined) return undefined;
  return {
    load: async (archive, { signal }) => {
      const { spawn } = process.getBuiltinModule("node:child_process");
      const child = spawn(program, ["load"], { stdio: ["pipe", "ignore", "pipe"], env, signal });
      let complaint = "";
      child.stderr.on("data", (chunk: Buffer) => {
        complaint = (complaint + chunk.toString()).slice(-maxComplaintBytes);
      });
      const exited = new Promise<number | null>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", resolve);
      });
      const [sent, code] = await Promise.allSettled([pipeline(archive, child.stdin, { signal }), exited]);
      signal.throwIfAborted();
      if (code.status === "rejected" || code.value !== 0)
        throw cliError(
          "LOADER_FAILED",
          `${program} load failed: ${complaint.trim() || "it could not be started"}`,
          {
            hint: `is ${program} running? An archive needs neither: --output type=docker,dest=FILE`,
          },
        );
      if (sent.status === "rejected") throw sent.reason;
    },
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run.
    return false;
  }
}
