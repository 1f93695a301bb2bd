import type { CheckWarning } from "./dockerfile/checks/rule.ts";
import { type Checked, type CheckRequest, check } from "./graph/check.ts";
import type { LowerOptions, Needs } from "./graph/options.ts";
import type { BuildGraph, ResolvedBase } from "./graph/step.ts";
import { type ResolveOptions, resolving } from "./resolve-needs.ts";
import { readIgnorePatterns } from "./steps/context/ignore-rules.ts";

export interface GraphOptions extends ResolveOptions {
  readonly emitWarning: (warning: CheckWarning) => void;
}

export interface LoadedGraph {
  readonly graph: BuildGraph;
  /** The images that the graph starts from, by digest. */
  readonly bases: ReadonlyMap<string, ResolvedBase>;
}

/** The graph, or what must be known first. */
type Looked = Needs | Extract<Checked, { error: undefined }>;

/** Reads and checks the Dockerfile and resolves every image it needs, those that ONBUILD triggers bring in too. */
export async function loadGraph(options: GraphOptions): Promise<LoadedGraph> {
  const wanted = checkRequest(options);
  const { answer, bases } = await resolving(options, ({ lookup, sourceTimes }): Looked => {
    const checked = check({ ...wanted, options: { ...wanted.options, sourceTimes } }, lookup);
    if (checked.kind === "needs") return checked;
    checked.warnings.forEach(options.emitWarning);
    if (checked.error !== undefined) throw checked.error;
    return checked;
  });
  return { graph: answer.graph, bases };
}

/** What is to be checked and lowered for a request. */
export function checkRequest({
  request,
  hostPlatform,
}: Pick<ResolveOptions, "request" | "hostPlatform">): CheckRequest {
  const { dockerfile, context } = request;
  return {
    file: dockerfile.name,
    content: dockerfile.text,
    options: lowerOptions({ request, hostPlatform }),
    ignore: readIgnorePatterns(context.directory, dockerfile.ignore),
  };
}

function lowerOptions({
  request,
  hostPlatform,
}: Pick<ResolveOptions, "request" | "hostPlatform">): LowerOptions {
  const { context, target, platform, labels, network, namedContexts, epoch, hostname, addHosts } = request;
  const contexts = Object.entries(namedContexts ?? {}).map(
    ([name, context]) => [name, context.kind === "local" ? { kind: context.kind } : context] as const,
  );
  const buildArgs = {
    ...(epoch !== undefined && { SOURCE_DATE_EPOCH: String(epoch) }),
    ...request.buildArgs,
  };
  const { changed } = context;
  return {
    buildPlatform: hostPlatform,
    buildArgs,
    mainContext: { kind: "local", ...(changed && { modifiedSeconds: changed.seconds }) },
    contexts: Object.fromEntries(contexts),
    ...(target === undefined ? {} : { target }),
    ...(platform && { targetPlatform: platform }),
    ...(labels && { labels }),
    ...(network && { network }),
    ...(hostname && { hostname }),
    ...(addHosts && { extraHosts: addHosts.map(({ host }) => host) }),
  };
}
