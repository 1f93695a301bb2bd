import { inUserNamespace } from "../../../runner-native/test/in-user-namespace.ts";
import { ownedTreeContract } from "../../test/contracts/owned-tree.ts";

inUserNamespace(import.meta.filename, "single", () => ownedTreeContract("one id", "single"));
