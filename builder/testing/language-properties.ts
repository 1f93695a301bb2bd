import { TsbuildError } from "@tsbuild/runner-native";
import { parseInstructions } from "../src/dockerfile/parse.ts";
import { printDockerfile } from "../src/dockerfile/print.ts";
import { readSource } from "../src/dockerfile/scan/lines.ts";
import { renderError } from "../src/dockerfile/render.ts";
import { parseDockerfile } from "../src/dockerfile/stages.ts";
import { lower } from "../src/graph/lower/lower.ts";
import type { ResolvedBase } from "../src/graph/step.ts";
import { digestOf } from "@tsbuild/layers";

/** Pieces that inputs are made of: all instructions, forms and characters that mean something. */
export const fragments: readonly string[] = [
  ..."FROM RUN COPY ADD ENV ARG LABEL CMD ENTRYPOINT WORKDIR USER EXPOSE VOLUME SHELL HEALTHCHECK ONBUILD STOPSIGNAL MAINTAINER".split(
    " ",
  ),
  ..."scratch base AS a b /x ./ . .. * ? [ ] { } $A ${A ${A:-b} ${A##*/} ${A//x/y} ' \" \\ ` = , : # | <<EOF <<-'E' EOF E".split(
    " ",
  ),
  ..."--from=a --from=0 --link --chown=1:2 --chmod=u+x --mount=type=cache,target=/x --mount=from=a --platform=linux/arm64".split(
    " ",
  ),
  '["a", "b"]',
  "[]",
  "# escape=`\n",
  "# check=skip=all\n",
  "# syntax=docker/dockerfile\n",
  "FROM scratch\n",
  "FROM base AS a\n",
  "A=1",
  "\n",
  "\r\n",
  "\t",
  " ",
  "\\\n",
  "`\n",
  "\u0000",
  "\ufeff",
  "ä",
  "\u{1f600}",
  "\u2028",
  "80/tcp",
  "99999",
  "NONE",
];

/** Instructions that are right, to be mixed with pieces of others. */
export const lines: readonly string[] = [
  "FROM scratch",
  "FROM base AS a",
  "FROM a",
  "RUN echo $A",
  "RUN <<EOF\nx\nEOF",
  "RUN --mount=type=cache,target=/x,id=$A x",
  "COPY --from=a /x $A/",
  "COPY <<EOF /y\n$A\nEOF",
  "ADD a* b /c/",
  "ENV A=$A$A B=${A:-x}",
  "ARG A=${A}b C",
  "LABEL a=$A",
  "WORKDIR $A/b",
  "USER $A",
  "EXPOSE $A 80-90/udp",
  'VOLUME ["$A"]',
  'SHELL ["/bin/sh", "-c"]',
  "HEALTHCHECK --interval=1s CMD x",
  "ONBUILD COPY --from=a / /",
  "STOPSIGNAL 9",
  'ENTRYPOINT ["a"]',
  "CMD a $A",
];

const digest = digestOf("");

const base: ResolvedBase = {
  reference: "base",
  digest,
  manifest: { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 0 },
  config: {
    os: "linux",
    architecture: "amd64",
    config: { Env: ["A=a"], OnBuild: ["RUN trigger"] },
    rootfs: { type: "layers", diff_ids: [digest] },
  },
};

/**
 * Any text gives a graph or an error that says where, and nothing else.
 * @throws when it does not.
 */
export function givesGraphOrPlacedError(content: string | Uint8Array): void {
  try {
    const file = parseDockerfile("Dockerfile", content);
    const options = { buildPlatform: { os: "linux", architecture: "amd64" }, buildArgs: { B: "b" } };
    const lowered = lower(file, options, () => base);
    if (lowered.kind !== "graph") throw new Error("every base is known, and still one is needed");
    JSON.stringify(lowered.graph);
  } catch (error) {
    if (!(error instanceof TsbuildError)) throw error;
    const { location } = error;
    if (location === undefined || location.line < 1 || location.column < 1)
      throw new Error(`no place: ${error.message}`, { cause: error });
    renderError(error, readSource("Dockerfile", content));
  }
}

/**
 * A file that parses is printed, and what is printed parses to the same print.
 * @throws when the two differ.
 */
export function printsToFixpoint(text: string): void {
  let printed: string;
  try {
    printed = printOnce(text);
  } catch (error) {
    if (error instanceof TsbuildError) return;
    throw error;
  }
  const again = printOnce(printed);
  if (again !== printed) throw new Error(`${JSON.stringify(printed)} prints as ${JSON.stringify(again)}`);
}

function printOnce(text: string): string {
  const { scanned, problems } = parseInstructions(readSource("Dockerfile", text));
  if (problems[0] !== undefined) throw problems[0];
  return printDockerfile(scanned);
}
