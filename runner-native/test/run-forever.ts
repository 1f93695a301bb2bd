import { createCrunRuntime } from "../src/runtimes/crun.ts";
import { createHelperRuntime } from "../src/runtimes/helper.ts";
import { createRuncRuntime } from "../src/runtimes/runc.ts";
import { makeTestRoot, runScript } from "./container.ts";

/** Started by tests and then killed: NAME of the runtime, SCRIPT to run in a container, and the path of its control groups, if any. */
const [name, script = "", cgroupsPath] = process.argv.slice(2);
const root = makeTestRoot();
const temporaryDirectory = `${root.directory}/bundles`;
const runtimes = {
  helper: () => createHelperRuntime(),
  runc: () => createRuncRuntime({ temporaryDirectory }),
  crun: () => createCrunRuntime({ temporaryDirectory }),
} as const;
const make = runtimes[name as keyof typeof runtimes];
process.stdout.write(`${root.directory}\n`);
await runScript(script, { runtime: make(), root, ...(cgroupsPath && { cgroupsPath }) });
