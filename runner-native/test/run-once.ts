import { TsbuildError } from "../src/errors.ts";
import { createHelperRuntime } from "../src/runtimes/helper.ts";
import { makeTestRoot, runScript } from "./container.ts";

/** Started by tests with fewer rights than they have: runs SCRIPT in a container and prints what became of it as JSON. */
using root = makeTestRoot();
try {
  const { outcome, stdout } = await runScript(process.argv[2] ?? "", {
    runtime: createHelperRuntime(),
    root,
  });
  console.log(JSON.stringify({ outcome, stdout }));
} catch (error) {
  if (!(error instanceof TsbuildError)) throw error;
  console.log(JSON.stringify({ code: error.code, message: error.message, hint: error.hint }));
}
