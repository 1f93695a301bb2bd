import { type Command, defineCommand } from "../command.ts";
import { version } from "../version.ts";

export const versionCommand: Command = defineCommand({
  name: "version",
  usage: "",
  summary: "Show the version of tsbuild and of the Node it runs on",
  options: {},
  run: (_parsed, terminal) => {
    terminal.out(`tsbuild ${version}\nnode ${process.versions.node}\n`);
    return Promise.resolve(0);
  },
});
