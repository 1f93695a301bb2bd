import { createCopyPlan, type Layer, type TreeView, writePlan, type XattrOrigin } from "@tsbuild/layers";
import { rootPath, type TreePath } from "@tsbuild/runner-native";
import type { StepTools } from "./executor.ts";
import { verifyContents } from "./verify-contents.ts";

/** A local context as a layer of its own: the tree of `FROM` a context, or what a mount shows of one. */
export async function copyContext(name: string, path: TreePath | "", tools: StepTools): Promise<Layer> {
  const context = tools.contexts.open(name);
  const from = { view: context.view, path: path === "" ? rootPath : path, origin: "context" } as const;
  const { layer, plan, digests } = await copyTree(from, tools);
  verifyContents(plan, { contentDigests: digests }, [context]);
  return layer;
}

/** What lies at and below a path of a tree as a layer on nothing: a directory becomes its root, a file lies in its root. */
export async function copyTree(
  from: { readonly view: TreeView; readonly path: TreePath; readonly origin: XattrOrigin },
  { layers, views, clock }: Pick<StepTools, "layers" | "views" | "clock">,
): Promise<{
  readonly layer: Layer;
  readonly plan: ReturnType<typeof createCopyPlan>;
  readonly digests: ReturnType<typeof layers.writer>["contentDigests"];
}> {
  const plan = createCopyPlan(await views.of(undefined), {
    chown: undefined,
    chmod: undefined,
    nowSeconds: Math.floor(clock.now() / 1000),
  });
  const name = from.path.slice(from.path.lastIndexOf("/") + 1);
  plan.copy({ view: from.view, match: { path: from.path, name }, origin: from.origin }, "/");
  using writer = layers.writer(undefined);
  await writePlan(plan, writer);
  const layer = await writer.finish();
  return { layer, plan, digests: writer.contentDigests };
}
