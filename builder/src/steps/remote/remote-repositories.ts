import type { GitStep, Step, StepId } from "../../graph/step.ts";
import type { BuilderPorts } from "../../ports.ts";
import { commitByName, type FoundCommit } from "../../repositories/find-ref.ts";
import { resolveCommit } from "../../repositories/repository.ts";
import { hideCredentials, withoutUser } from "../../dockerfile/values/hide-credentials.ts";
import type { BuildRequest } from "../../request.ts";
import type { FieldValue } from "../../solve/field-hash.ts";
import { createTaskGroup } from "../../solve/task-group.ts";
import type { RunTask } from "../../task.ts";
import { atStep } from "../step-place.ts";

/** The repositories of a build. */
export interface RemoteRepositories {
  of(step: GitStep): FoundCommit;
  /** What a key says of the commit. */
  contentOf(step: GitStep): FieldValue;
}

export interface RemoteRepositoriesOptions {
  readonly ports: Pick<BuilderPorts, "git">;
  readonly request: Pick<BuildRequest, "signal" | "secrets" | "ssh" | "dockerfile">;
  readonly task: RunTask;
}

/**
 * Asks the servers of all repositories of a graph which commits are meant, before anything is built: they decide the keys. Nothing
 * is fetched. @throws REF_MISSING, CHECKSUM_MISMATCH, GIT_FAILED, at the place of the step
 */
export async function lookAtRemoteRepositories(
  steps: ReadonlyMap<StepId, Step>,
  { ports, request, task }: RemoteRepositoriesOptions,
): Promise<RemoteRepositories> {
  const tasks = createTaskGroup(request.signal);
  const options = { git: ports.git, access: request, signal: tasks.signal };
  // Asked once: a branch that moves meanwhile is one commit in one build.
  const asked = new Map<string, Promise<FoundCommit>>();
  const commitOf = (step: GitStep): Promise<FoundCommit> => {
    const resolve = (): Promise<FoundCommit> => resolveCommit(step, options);
    if (commitByName(step) !== undefined) return resolve();
    const key = JSON.stringify([step.url, step.ref, step.checksum]);
    const known = asked.get(key) ?? task(`[internal] resolve ${hideCredentials(step.url)}`, resolve);
    asked.set(key, known);
    return known;
  };
  const found = new Map<StepId, FoundCommit>();
  for (const step of steps.values()) {
    if (step.kind !== "git") continue;
    const look = async (): Promise<void> => void found.set(step.id, await commitOf(step));
    void tasks.run(() => atStep(step, request.dockerfile.name, look));
  }
  await tasks.settle();
  const of = ({ id }: GitStep): FoundCommit => found.get(id) as FoundCommit;
  return {
    of,
    contentOf: (step) => {
      const { object, commit, ref } = of(step);
      // A kept history names its ref and whence it came; without it a tag's own digest means nothing.
      return step.keepGitDir ? ["git", object, ref, withoutUser(step.url)] : ["commit", commit];
    },
  };
}
