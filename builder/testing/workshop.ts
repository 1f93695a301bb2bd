import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createChosenSnapshotter, createLayerStore, openStore } from "@tsbuild/layers";
import { createHelperRuntime, type Runtime } from "@tsbuild/runner-native";
import { loadBase } from "test-images";
import { build } from "../src/build.ts";
import type { BuildEvent } from "../src/events.ts";
import type { BuilderPorts } from "../src/ports.ts";
import type { BuildRequest, BuildResult } from "../src/request.ts";
import { localImages } from "./local-images.ts";

/** What one build told and gave. */
export interface Built {
  readonly result: BuildResult;
  readonly events: readonly BuildEvent[];
  /** Names of the steps that ran, in the order they began. */
  readonly ran: readonly string[];
  readonly cached: readonly string[];
  readonly output: string;
}

/** A store of its own, with a base image named busybox, and directories to build from; all gone when disposed. */
export interface Workshop extends AsyncDisposable {
  readonly root: string;
  path(name: string): string;
  /** Writes files into the context; a value of undefined removes one. */
  write(files: Readonly<Record<string, string | undefined>>): void;
  build(dockerfile: string, options?: Partial<BuildRequest>, ports?: Partial<BuilderPorts>): Promise<Built>;
  /** What the ports of the next build will be made of. */
  withPorts<Result>(use: (ports: BuilderPorts) => Promise<Result>): Promise<Result>;
}

export async function makeWorkshop({ runtime }: { readonly runtime?: Runtime } = {}): Promise<Workshop> {
  const root = mkdtempSync(join(tmpdir(), "tsbuild-builder-"));
  const storeRoot = join(root, "store");
  const context = join(root, "context");
  mkdirSync(context);
  await loadBase(storeRoot, "busybox");
  const workshop: Workshop = {
    root,
    path: (name) => join(root, name),
    write(files) {
      for (const [name, content] of Object.entries(files)) {
        const path = join(context, name);
        if (content === undefined) rmSync(path, { recursive: true });
        else {
          mkdirSync(dirname(path), { recursive: true });
          writeFileSync(path, content);
          chmodSync(path, 0o644);
        }
      }
    },
    build: (dockerfile, options = {}, own = {}) =>
      workshop.withPorts((ports) => watch(requestOf(dockerfile, context, options), { ...ports, ...own })),
    async withPorts(use) {
      const randomHex = (bytes: number): string => randomBytes(bytes).toString("hex");
      await using store = openStore(storeRoot, { mode: "read-write", now: Date.now, randomHex });
      await using lease = await store.lease("test");
      const layers = createLayerStore({ store, lease, now: Date.now, randomHex });
      return await use({
        store,
        lease,
        layers,
        snapshotter: createChosenSnapshotter({ store, layers }, { wish: "auto" }),
        runtime: runtime ?? createHelperRuntime(),
        images: localImages(store, layers),
        downloads: { fetch: () => Promise.reject(new Error("no web here")) },
        git: {
          listRefs: () => Promise.reject(new Error("no repositories here")),
          checkOut: () => Promise.reject(new Error("no repositories here")),
        },
        sink: { push: () => Promise.reject(new Error("no registry here")) },
        clock: { now: Date.now },
        randomHex,
      });
    },
    [Symbol.asyncDispose]: async () => rmSync(root, { recursive: true, force: true }),
  };
  return workshop;
}

function requestOf(text: string, directory: string, options: Partial<BuildRequest>): BuildRequest {
  return {
    dockerfile: { name: "Dockerfile", text },
    context: { directory },
    exports: [{ kind: "store", names: [] }],
    signal: new AbortController().signal,
    ...options,
  };
}

async function watch(request: BuildRequest, ports: BuilderPorts): Promise<Built> {
  const run = build(request, ports);
  const events: BuildEvent[] = [];
  for await (const event of run) events.push(event);
  const names = new Map(
    events.flatMap((event) => (event.kind === "plan" ? event.steps : [])).map(({ id, name }) => [id, name]),
  );
  const told = (kind: "step-start" | "step-cached"): string[] =>
    events.flatMap((event) => (event.kind === kind ? (names.get(event.step) ?? []) : []));
  return {
    result: await run.result,
    events,
    ran: told("step-start").filter((name) => !name.startsWith("[internal]")),
    cached: told("step-cached").filter((name) => !/^\[internal\]|FROM/.test(name)),
    output: events
      .flatMap((event) => (event.kind === "step-output" ? Buffer.from(event.chunk).toString() : []))
      .join(""),
  };
}
