import { runtimeContract } from "../../test/contracts/runtime.ts";
import { createHelperRuntime } from "./helper.ts";

runtimeContract("the built-in runtime as root", createHelperRuntime(), { ids: "many", seesSignals: true });
