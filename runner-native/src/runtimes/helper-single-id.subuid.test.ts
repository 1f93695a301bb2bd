import { inUserNamespace } from "../../test/in-user-namespace.ts";
import { runtimeContract } from "../../test/contracts/runtime.ts";
import { createHelperRuntime } from "./helper.ts";

inUserNamespace(import.meta.filename, "single", () => {
  runtimeContract("the built-in runtime with a single id", createHelperRuntime(), {
    ids: "one",
    seesSignals: true,
  });
});
