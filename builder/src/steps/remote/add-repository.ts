import { rmSync } from "node:fs";
import type { Layer } from "@tsbuild/layers";
import type { GitStep } from "../../graph/step.ts";
import { checkOutCommit, viewOfCheckout } from "../../repositories/repository.ts";
import { copyTree } from "../copy-context.ts";
import type { StepOptions } from "../step-tools.ts";

/** The files of a repository's commit as a layer of its own. */
export async function addRepository(step: GitStep, options: StepOptions): Promise<Layer> {
  const { tools, signal } = options;
  const { git, repositories, request, store } = tools;
  using made = new DisposableStack();
  const directory = made.adopt(store.temporaryDirectory("repository"), (path) =>
    rmSync(path, { recursive: true, force: true }),
  );
  const { path } = await checkOutCommit(step, repositories.of(step), {
    git,
    access: request,
    directory,
    signal,
  });
  const view = made.use(viewOfCheckout(directory));
  return await copyTree({ view, path, origin: "context" }, options);
}
