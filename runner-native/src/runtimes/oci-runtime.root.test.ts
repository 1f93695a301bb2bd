import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { runtimeContract } from "../../test/contracts/runtime.ts";
import { createCrunRuntime } from "./crun.ts";
import { createRuncRuntime } from "./runc.ts";

const temporaryDirectory = mkdtempSync(join(tmpdir(), "tsbuild-bundles-"));
after(() => rmSync(temporaryDirectory, { recursive: true }));

runtimeContract("runc", createRuncRuntime({ temporaryDirectory }), { ids: "many", seesSignals: false });
runtimeContract("crun", createCrunRuntime({ temporaryDirectory }), { ids: "many", seesSignals: false });
