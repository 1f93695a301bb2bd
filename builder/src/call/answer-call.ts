import { type ResolveOptions, checkRequest, resolving } from "../build-graph.ts";
import { readSource } from "../dockerfile/scan/lines.ts";
import { parseDockerfile } from "../dockerfile/stages.ts";
import { hostPlatform } from "@tsbuild/layers";
import type { ImageSource } from "../ports.ts";
import type { BuildRequest } from "../request.ts";
import { check } from "../graph/check.ts";
import { lower } from "../graph/lower/lower.ts";
import type { BuildGraph } from "../graph/step.ts";
import { type CheckReport, checkReport } from "./check-report.ts";
import { type Outline, outlineOf } from "./outline.ts";

/** What is asked about a Dockerfile instead of building it, where images may have to be known for the answer. */
export type CallName = "check" | "outline" | "graph";

export type CallAnswer =
  | { readonly kind: "check"; readonly report: CheckReport }
  | { readonly kind: "outline"; readonly outline: Outline }
  | { readonly kind: "graph"; readonly graph: BuildGraph };

/**
 * Answers a question about a Dockerfile; nothing is built. Images are resolved as for a build: ONBUILD triggers and the
 * platforms of bases count.
 * @throws what is wrong with the Dockerfile, except for `check`, whose report holds it.
 */
export async function answerCall(
  name: CallName,
  request: Omit<BuildRequest, "exports">,
  images: ImageSource,
): Promise<CallAnswer> {
  const options: ResolveOptions = {
    request: { ...request, exports: [] },
    images,
    hostPlatform: hostPlatform(),
    task: async (_, work) => work(""),
    signal: request.signal,
  };
  const wanted = checkRequest(options);
  const { name: file, text } = request.dockerfile;
  switch (name) {
    case "check": {
      // Without a target all stages are looked at, as buildx does.
      const asked = { ...wanted, allStages: request.target === undefined };
      const { answer } = await resolving(options, (lookup) => check(asked, lookup));
      return { kind: "check", report: checkReport(answer, readSource(file, text)) };
    }
    case "outline": {
      const dockerfile = parseDockerfile(file, text);
      const { answer } = await resolving(options, (lookup) => outlineOf(dockerfile, wanted.options, lookup));
      return answer;
    }
    case "graph": {
      const dockerfile = parseDockerfile(file, text);
      const { answer } = await resolving(options, (lookup) => lower(dockerfile, wanted.options, lookup));
      return answer;
    }
  }
}
