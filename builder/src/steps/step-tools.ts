import type { LayerStore, Snapshotter, Store } from "@tsbuild/layers";
import type { Runtime } from "@tsbuild/runner-native";
import type { DeviceRegistry } from "../devices/device-registry.ts";
import type { EmitEvent } from "../events.ts";
import type { Step, StepId } from "../graph/step.ts";
import type { Clock, Git } from "../ports.ts";
import type { BuildRequest } from "../request.ts";
import type { Contexts } from "./context/contexts.ts";
import type { CacheResets } from "./mounts/cache-resets.ts";
import type { NetworkFiles } from "./network-files.ts";
import type { RemoteFiles } from "./remote/remote-files.ts";
import type { RemoteRepositories } from "./remote/remote-repositories.ts";
import type { Views } from "./views.ts";

/** What every step works with. */
export interface StepTools {
  readonly store: Store;
  readonly layers: LayerStore;
  readonly snapshotter: Pick<Snapshotter, "prepare">;
  readonly runtime: Runtime;
  readonly git: Git;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
  readonly request: BuildRequest;
  readonly steps: ReadonlyMap<StepId, Step>;
  readonly contexts: Contexts;
  readonly remotes: RemoteFiles;
  readonly repositories: RemoteRepositories;
  readonly views: Views;
  readonly networkFiles: NetworkFiles;
  readonly cacheResets: CacheResets;
  readonly devices: DeviceRegistry;
  readonly emit: EmitEvent;
}

/** The tools of one step: its signal ends what it does. */
export interface StepOptions {
  readonly tools: StepTools;
  readonly signal: AbortSignal;
}
