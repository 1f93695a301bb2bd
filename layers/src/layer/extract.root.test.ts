import { ownedTreeContract } from "../../test/contracts/owned-tree.ts";

ownedTreeContract("root", "machine");
