import type { BuildEvent, BuildResult } from "@tsbuild/builder";
import { formatSize } from "../format.ts";
import { familiarNameOf } from "../images/local-image.ts";

type Exported = BuildEvent & { kind: "exported" };

/** What a build leaves on the screen: where the image is, its digest and size, and what to do next. */
export function summaryOf(result: BuildResult, exported: readonly Exported[]): string {
  const lines = exported.flatMap(exportLines);
  const name = exported.find(({ names }) => names.length > 0)?.names[0];
  const image =
    name === undefined ? result.imageId.slice("sha256:".length, "sha256:".length + 12) : familiarNameOf(name);
  const next =
    name === undefined
      ? [`tsbuild tag ${image} NAME`, `tsbuild bundle ${image} DIR`]
      : [`tsbuild push ${image}`, `tsbuild bundle ${image} DIR`, `tsbuild inspect ${image}`];
  return `\n${lines.join("\n")}\nnext: ${next.join(" | ")}\n`;
}

function exportLines({ exporter, names, manifest, configDigest, size, path }: Exported): string[] {
  const where = path === undefined || path === "-" ? names.join(", ") : [path, ...names].join(" ");
  const measure = size === undefined ? "" : `  ${formatSize(size)}`;
  switch (exporter) {
    case "store":
      return [
        `image   ${where === "" ? "<unnamed>" : where}${measure}`,
        ...(manifest ? [`digest  ${manifest.digest}`] : []),
        ...(configDigest ? [`id      ${configDigest}`] : []),
      ];
    default:
      return [`${exporter.padEnd(7)} ${where}${manifest ? `@${manifest.digest}` : ""}${measure}`];
  }
}
