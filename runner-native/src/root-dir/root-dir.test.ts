import { rootDirContract } from "../../test/contracts/root-dir.ts";
import { rootDirChangesContract } from "../../test/contracts/root-dir-changes.ts";
import { rootDirRaceContract } from "../../test/contracts/root-dir-race.ts";
import { openRootDir } from "./open-root-dir.ts";

for (const method of ["openat2", "walk"] as const) {
  rootDirContract(method, (path) => openRootDir(path, method));
  rootDirChangesContract(method, (path) => openRootDir(path, method));
  rootDirRaceContract(method, (path) => openRootDir(path, method));
}
