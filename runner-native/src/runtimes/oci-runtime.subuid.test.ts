import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { runtimeContract } from "../../test/contracts/runtime.ts";
import { inUserNamespace } from "../../test/in-user-namespace.ts";
import { createCrunRuntime } from "./crun.ts";
import { createRuncRuntime } from "./runc.ts";

inUserNamespace(import.meta.filename, "range", () => {
  const temporaryDirectory = mkdtempSync(join(tmpdir(), "tsbuild-bundles-"));
  after(() => rmSync(temporaryDirectory, { recursive: true }));
  const traits = { ids: "many", seesSignals: false } as const;
  runtimeContract("rootless runc", createRuncRuntime({ temporaryDirectory }), traits);
  runtimeContract("rootless crun", createCrunRuntime({ temporaryDirectory }), traits);
});
