import { type Command, defineCommand } from "../command.ts";
import { cliError } from "../errors.ts";
import { version } from "../version.ts";

export const versionCommand: Command = defineCommand({
  name: "version",
  usage: "",
  summary: "Show the version of tsbuild and of the Node it runs on",
  options: {},
  run: async ({ positional }, terminal) => {
    if (positional.length > 0)
      throw cliError("USAGE", "version takes no arguments", { hint: "write tsbuild version" });
    terminal.out(`tsbuild ${version}\nnode ${process.versions.node}\n`);
    return 0;
  },
});
