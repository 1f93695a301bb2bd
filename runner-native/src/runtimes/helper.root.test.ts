import { runtimeContract } from "../../test/contracts/runtime.ts";
import type { Runtime } from "../runtime.ts";
import { kernelFeatures } from "../sys/features.ts";
import { createHelperRuntime } from "./helper.ts";

const traits = { ids: "many", seesSignals: true } as const;

/** A runtime that does without every kernel feature which has a fallback; features are read as a run starts. */
function withoutFeatures(runtime: Runtime): Runtime {
  return {
    name: runtime.name,
    run: (spec, io) => {
      process.env["TSBUILD_DISABLE"] = Object.keys(kernelFeatures).join(",");
      try {
        return runtime.run(spec, io);
      } finally {
        delete process.env["TSBUILD_DISABLE"];
      }
    },
  };
}

runtimeContract("the built-in runtime as root", createHelperRuntime(), traits);
runtimeContract("the built-in runtime on an old kernel", withoutFeatures(createHelperRuntime()), traits);
