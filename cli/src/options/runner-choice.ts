import { chooseSnapshotter, type LayerStore, type Snapshotter, type Store } from "@tsbuild/layers";
import {
  createCrunRuntime,
  createHelperRuntime,
  createRuncRuntime,
  type Runtime,
} from "@tsbuild/runner-native";
import { cliError } from "../errors.ts";
import { helperPath } from "../helper-path.ts";

const runtimeNames = ["helper", "runc", "crun"] as const;
const snapshotterNames = ["overlay", "copy"] as const;

/** What runs RUN steps: the built-in helper, or an OCI runtime of the machine. */
export type RuntimeName = (typeof runtimeNames)[number];
/** How layers become the root of a RUN step. */
export type SnapshotterName = (typeof snapshotterNames)[number];

/** @throws USAGE */
export function runtimeName(text: string): RuntimeName {
  return oneOf("--runtime", text, runtimeNames);
}

/** @throws USAGE */
export function snapshotterName(text: string): SnapshotterName {
  return oneOf("--snapshotter", text, snapshotterNames);
}

function oneOf<Name extends string>(option: string, text: string, names: readonly Name[]): Name {
  const name = names.find((each) => each === text);
  if (name !== undefined) return name;
  throw cliError("USAGE", `${option} ${text} does not exist`, { hint: `there are ${names.join(", ")}` });
}

export function chooseRuntime(name: RuntimeName, store: Store): Runtime {
  switch (name) {
    case "helper":
      return createHelperRuntime({ helperPath: helperPath() });
    case "runc":
      return createRuncRuntime(ociOptions(store));
    case "crun":
      return createCrunRuntime(ociOptions(store));
  }
}

function ociOptions(store: Store): Parameters<typeof createRuncRuntime>[0] {
  return { temporaryDirectory: store.temporaryDirectory("bundles"), helperPath: helperPath() };
}

/** Without a name a probe of the store's file system decides, and the user is told when it has to be the slow one. @throws SNAPSHOTTER_UNUSABLE */
export async function chooseSnapshotterFor(
  name: SnapshotterName | undefined,
  deps: { readonly store: Store; readonly layers: LayerStore },
  onSlow: (sentence: string) => void,
): Promise<Snapshotter> {
  const { snapshotter, sentence } = chooseSnapshotter(deps, name ?? "auto");
  if (name === undefined && snapshotter.kind === "copy") onSlow(sentence);
  return snapshotter;
}
