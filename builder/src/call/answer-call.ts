import { checkRequest } from "../build-graph.ts";
import { readSource } from "../dockerfile/scan/lines.ts";
import { parseDockerfile } from "../dockerfile/stages.ts";
import { hostPlatform } from "@tsbuild/layers";
import type { BuilderPorts } from "../ports.ts";
import type { BuildRequest } from "../request.ts";
import { type Known, type ResolveOptions, resolving } from "../resolve-needs.ts";
import { createRemoteFiles } from "../steps/remote/remote-files.ts";
import { createSourceTimes } from "../steps/remote/source-times.ts";
import { check } from "../graph/check.ts";
import type { LowerOptions } from "../graph/options.ts";
import { lower } from "../graph/lower/lower.ts";
import type { BuildGraph } from "../graph/step.ts";
import { type CheckReport, checkReport } from "./check-report.ts";
import { type Outline, outlineOf } from "./outline.ts";

/** What is asked about a Dockerfile instead of building it, where images may have to be known for the answer. */
export type CallName = "check" | "outline" | "graph";

/** The answer as data; `renderCheck` and `renderOutline` make it text. */
export type CallAnswer =
  | { readonly kind: "check"; readonly report: CheckReport }
  | { readonly kind: "outline"; readonly outline: Outline }
  | { readonly kind: "graph"; readonly graph: BuildGraph };

/**
 * Answers a question about a Dockerfile; nothing is built. Images are resolved as for a build: ONBUILD triggers, the
 * platforms of bases and the times of sources count.
 * @throws what is wrong with the Dockerfile, except for `check`, whose report holds it.
 */
export async function answerCall(
  name: CallName,
  request: Omit<BuildRequest, "exports">,
  ports: Pick<BuilderPorts, "images" | "store" | "lease" | "downloads" | "git" | "clock">,
): Promise<CallAnswer> {
  const remotes = createRemoteFiles({
    ports,
    request,
    emit: () => undefined,
    beforeWork: async () => undefined,
  });
  const options: ResolveOptions = {
    request: { ...request, exports: [] },
    images: ports.images,
    times: createSourceTimes({ remotes, ports, access: request }),
    hostPlatform: hostPlatform(),
    task: async (_, work) => work(""),
    signal: request.signal,
  };
  const wanted = checkRequest(options);
  const knowing = ({ sourceTimes }: Known): LowerOptions => ({ ...wanted.options, sourceTimes });
  const { name: file, text } = request.dockerfile;
  switch (name) {
    case "check": {
      // Without a target all stages are looked at, as buildx does.
      const asked = { ...wanted, allStages: request.target === undefined };
      const { answer } = await resolving(options, (known) =>
        check({ ...asked, options: knowing(known) }, known.lookup),
      );
      return { kind: "check", report: checkReport(answer, readSource(file, text)) };
    }
    case "outline": {
      const dockerfile = parseDockerfile(file, text);
      const { answer } = await resolving(options, (known) =>
        outlineOf(dockerfile, knowing(known), known.lookup),
      );
      return answer;
    }
    case "graph": {
      const dockerfile = parseDockerfile(file, text);
      const { answer } = await resolving(options, (known) => lower(dockerfile, knowing(known), known.lookup));
      return answer;
    }
  }
}
