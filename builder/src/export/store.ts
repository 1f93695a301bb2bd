import type { ExportRequest } from "../request.ts";
import type { Exported, ExportTools } from "./exporter.ts";

/** Names the image in the local store. */
export async function exportToStore(
  { names }: Extract<ExportRequest, { kind: "store" }>,
  { image, local, ports, task }: ExportTools,
): Promise<Exported> {
  const { store, clock } = ports;
  const size = local.layers.reduce((sum, layer) => sum + layer.size, 0);
  for (const name of names)
    await task(`naming to ${name}`, async () =>
      store.images.put({
        name,
        manifest: local.manifest,
        id: image.config.digest,
        platform: image.output.platform,
        size,
        createdMs: image.created === undefined ? clock.now() : Date.parse(image.created),
        origin: "built",
      }),
    );
  return { exporter: "store", names, manifest: local.manifest, size };
}
