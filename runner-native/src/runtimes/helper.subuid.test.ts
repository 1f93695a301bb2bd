import { inUserNamespace } from "../../test/in-user-namespace.ts";
import { runtimeContract } from "../../test/contracts/runtime.ts";
import { createHelperRuntime } from "./helper.ts";

inUserNamespace(import.meta.filename, "range", () => {
  runtimeContract("the built-in runtime with a range of ids", createHelperRuntime(), {
    ids: "many",
    seesSignals: true,
  });
});
