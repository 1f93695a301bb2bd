import { cliError } from "../errors.ts";
import type { Terminal } from "../terminal.ts";
import { createPlainScreen } from "./plain.ts";
import { createRawJsonScreen } from "./rawjson.ts";
import type { ProgressMode, Screen } from "./screen.ts";

const modes: readonly ProgressMode[] = ["auto", "tty", "plain", "quiet", "rawjson"];

/** A build that ends sooner is told by its summary alone; a live screen costs 150 ms of processor to start. */
const liveAfterMs = 200;

/** @throws USAGE */
export function progressMode(option: string | undefined, env: Terminal["env"]): ProgressMode {
  const wanted = option ?? env["BUILDKIT_PROGRESS"] ?? "auto";
  const mode = modes.find((each) => each === wanted);
  if (mode) return mode;
  throw cliError("USAGE", `there is no progress mode ${JSON.stringify(wanted)}`, {
    hint: `there are ${modes.join(", ")}`,
  });
}

/** The screen for a mode; `auto` is live on a terminal and plain elsewhere. */
export function chooseScreen(mode: ProgressMode, terminal: Terminal): Screen {
  switch (mode) {
    case "auto":
      return terminal.isTty ? lateTtyScreen(terminal) : createPlainScreen(terminal.err);
    case "tty":
      return lateTtyScreen(terminal);
    case "plain":
      return createPlainScreen(terminal.err);
    case "rawjson":
      return createRawJsonScreen(terminal.err);
    case "quiet":
      return { show: () => undefined, close: () => Promise.resolve() };
  }
}

/** Holds events back until the build has lasted a while, then starts the live screen with all of them. A screen that cannot start costs no build. */
function lateTtyScreen({ err, env }: Terminal): Screen {
  // no-color.org: set and not empty.
  const hasColor = (env["NO_COLOR"] ?? "") === "";
  const held: Parameters<Screen["show"]>[0][] = [];
  let live: Screen | undefined;
  let loading: Promise<void> | undefined;
  const begin = (screen: Screen): void => {
    live = screen;
    for (const event of held.splice(0)) screen.show(event);
  };
  const timer = setTimeout(() => {
    loading = import("./tty.ts").then(
      ({ createTtyScreen }) => begin(createTtyScreen(process.stderr, { now: Date.now, hasColor })),
      () => begin(createPlainScreen(err)),
    );
  }, liveAfterMs);
  return {
    show: (event) => (live ? live.show(event) : void held.push(event)),
    close: async () => {
      clearTimeout(timer);
      await loading;
      await live?.close();
    },
  };
}
