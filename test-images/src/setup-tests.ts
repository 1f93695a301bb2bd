import { spawnSync } from "node:child_process";
import { installLine, missingPackages, testTools } from "./tools.ts";

const packages = missingPackages(testTools, process.env["PATH"] ?? "");
if (packages.length === 0) {
  console.log("every tool of the tests is installed");
} else if (process.getuid?.() !== 0) {
  console.error(`installing packages needs root; run:\n  sudo ${installLine(packages)}`);
  process.exitCode = 2;
} else {
  const command = `apt-get update -qq && ${installLine(packages)}`;
  const { status } = spawnSync("sh", ["-c", command], {
    stdio: "inherit",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  process.exitCode = status ?? 1;
}
