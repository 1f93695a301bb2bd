import type { Layer, LayerStore, Snapshotter, Store } from "@tsbuild/layers";
import type { Runtime } from "@tsbuild/runner-native";
import type { DeviceRegistry } from "../devices/device-registry.ts";
import { builderError } from "../errors.ts";
import type { EmitEvent } from "../events.ts";
import type { Step, StepId } from "../graph/step.ts";
import type { Clock, Git } from "../ports.ts";
import type { BuildRequest } from "../request.ts";
import type { SolvedInputs } from "../solve/solver.ts";
import type { Contexts } from "./context/contexts.ts";
import { copyContext } from "./copy-context.ts";
import { runCopy } from "./copy.ts";
import { addDownload } from "./add-download.ts";
import { addRepository } from "./add-repository.ts";
import { runMkdir } from "./mkdir.ts";
import type { CacheResets } from "./mounts/cache-resets.ts";
import type { NetworkFiles } from "./network-files.ts";
import type { RemoteFiles } from "./remote-files.ts";
import type { RemoteRepositories } from "./remote-repositories.ts";
import { runRun } from "./run.ts";
import { placeAt } from "./step-place.ts";
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

export interface StepOptions {
  readonly tools: StepTools;
  readonly signal: AbortSignal;
}

/** Makes the layer of a step on its solved inputs. */
export async function executeStep(step: Step, inputs: SolvedInputs, options: StepOptions): Promise<Layer> {
  const { tools, signal } = options;
  try {
    return await layerOf(step, inputs, options);
  } catch (error) {
    throw signal.aborted ? error : placeAt(step, tools.request.dockerfile.name, error);
  }
}

function layerOf(step: Step, inputs: SolvedInputs, options: StepOptions): Promise<Layer> {
  switch (step.kind) {
    case "copy":
      return runCopy(step, inputs, options);
    case "mkdir":
      return runMkdir(step, inputs, options);
    case "run":
      return runRun(step, inputs, options);
    case "context":
      return copyContext(step.context, "", options);
    case "http":
      return addDownload(step, options.tools, options.signal);
    case "git":
      return addRepository(step, options);
    case "image":
    case "scratch":
      throw builderError("DOCKERFILE_UNSUPPORTED", `a ${step.kind} step cannot be made here`);
  }
}
