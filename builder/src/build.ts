import { loadGraph } from "./build-graph.ts";
import { createDeviceRegistry } from "./devices/device-registry.ts";
import { checkEntitlements } from "./entitlements.ts";
import { createEventStream } from "./event-stream.ts";
import type { EmitEvent } from "./events.ts";
import { exportImage } from "./export/export-image.ts";
import { createPackAhead } from "./export/pack-ahead.ts";
import { hostPlatform } from "@tsbuild/layers";
import type { BuilderPorts } from "./ports.ts";
import type { BuildRequest, BuildResult, BuildRun } from "./request.ts";
import { solveGraph } from "./solve-graph.ts";
import { createRemoteFiles } from "./steps/remote/remote-files.ts";
import { createSourceTimes } from "./steps/remote/source-times.ts";
import { createTaskRunner } from "./task.ts";
import { unbuiltArguments } from "./unbuilt-arguments.ts";

/**
 * Builds an image: Dockerfile, graph, layers, image, exports. It begins at once; the events tell what happens, in order, to one
 * reader. `result` rejects with the first error; nothing of the build runs any more then.
 */
export function build(request: BuildRequest, ports: BuilderPorts): BuildRun {
  const events = createEventStream();
  const result = runBuild(request, ports, events.emit).finally(() => events.end());
  // A caller who only reads events sees the failure there.
  result.catch(() => undefined);
  return { result, [Symbol.asyncIterator]: () => events.read() };
}

async function runBuild(request: BuildRequest, ports: BuilderPorts, emit: EmitEvent): Promise<BuildResult> {
  const { signal } = request;
  signal.throwIfAborted();
  const task = createTaskRunner(emit, ports.clock);
  for (const message of unbuiltArguments(request.buildArgs ?? {}))
    emit({ kind: "notice", timeMs: ports.clock.now(), message });
  const beforeWork = once(request.beforeWork ?? (async () => undefined));
  const remotes = createRemoteFiles({ ports, request, emit, beforeWork });
  const loaded = await loadGraph({
    request,
    images: ports.images,
    times: createSourceTimes({ remotes, ports, access: request }),
    hostPlatform: hostPlatform(),
    task,
    signal,
    emitWarning: ({ rule, detail, description, url, startLine, endLine }) =>
      emit({
        kind: "warning",
        timeMs: ports.clock.now(),
        rule,
        message: detail,
        detail: description,
        url,
        location: { file: request.dockerfile.name, line: startLine, column: 1, endLine },
      }),
  });
  const devices = createDeviceRegistry(request.deviceDirectories);
  checkEntitlements(loaded.graph.steps, request, devices);
  emit({
    kind: "plan",
    timeMs: ports.clock.now(),
    steps: loaded.graph.steps.map(({ id, name, stage, inputs }) => ({
      id,
      name,
      stage,
      inputs: inputs.map(({ step }) => step),
    })),
  });
  const ahead = createPackAhead(loaded.graph, request);
  try {
    const top = await solveGraph(loaded, { request, ports, emit, remotes, devices, beforeWork, task, ahead });
    signal.throwIfAborted();
    return await exportImage(loaded.graph, top, { request, ports, emit, task, beforeWork });
  } catch (error) {
    ahead.end();
    await ports.layers.stop(error);
    throw error;
  }
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= act());
}
