import type { BuildEvent } from "@tsbuild/builder";
import type { Screen } from "./screen.ts";

/** Shows nothing until the end: for a command that may start again elsewhere and would tell everything twice. */
export function holdUntilClosed(screen: Screen): Screen {
  const held: BuildEvent[] = [];
  return {
    show: (event) => void held.push(event),
    close: async () => {
      for (const event of held.splice(0)) screen.show(event);
      await screen.close();
    },
  };
}
