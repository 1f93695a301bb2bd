import { enterUserNamespace } from "../src/user-namespace/enter.ts";
import { planUserNamespace } from "../src/user-namespace/plan.ts";

/** Started by tests: becomes its arguments in the user namespace that this user can have. */
enterUserNamespace({ plan: planUserNamespace(), argv: process.argv.slice(2), env: process.env });
