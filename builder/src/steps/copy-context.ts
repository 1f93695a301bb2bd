import {
  type ContentCheck,
  createCopyPlan,
  type Layer,
  type TreeView,
  type XattrOrigin,
} from "@tsbuild/layers";
import { nameOf, rootPath, type TreePath } from "@tsbuild/runner-native";
import { checkOfContents } from "./sources/verify-contents.ts";
import { writeLayer } from "./write-layer.ts";
import type { StepOptions } from "./step-tools.ts";

/** A local context as a layer of its own: the tree of `FROM` a context, or what a mount shows of one. */
export async function copyContext(name: string, path: TreePath | "", options: StepOptions): Promise<Layer> {
  const context = options.tools.contexts.open(name);
  const from = { view: context.view, path: path === "" ? rootPath : path, origin: "context" } as const;
  return copyTree(from, { ...options, check: checkOfContents([context]) });
}

interface CopyTreeOptions extends StepOptions {
  readonly check?: ContentCheck | undefined;
}

/** What lies at and below a path of a tree as a layer on nothing: a directory becomes its root, a file lies in its root. */
export async function copyTree(
  from: { readonly view: TreeView; readonly path: TreePath; readonly origin: XattrOrigin },
  { tools, signal, check }: CopyTreeOptions,
): Promise<Layer> {
  const { layers, views, clock } = tools;
  const plan = createCopyPlan(await views.of(undefined), {
    chown: undefined,
    chmod: undefined,
    nowSeconds: Math.floor(clock.now() / 1000),
  });
  const { view, path, origin } = from;
  plan.copy({ view, match: { path, name: nameOf(path) }, origin }, "/");
  return writeLayer(plan, undefined, { layers, signal, check });
}
