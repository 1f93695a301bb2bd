import type { ExportRequest } from "../request.ts";
import type { Exported, ExportTools } from "./exporter.ts";
import { defaultCompression } from "./packed-form.ts";
import { exportToStore } from "./store.ts";

/** Names the image in the store, or pushes it to a registry under each name. */
export async function exportToRegistry(
  { names, push, insecure, compression = defaultCompression }: Extract<ExportRequest, { kind: "image" }>,
  tools: ExportTools,
): Promise<Exported> {
  if (!push) return { ...(await exportToStore({ kind: "store", names }, tools)), exporter: "image" };
  const { image, ports, request, emit, task } = tools;
  const { manifest } = await task("packing layers", () => image.manifest(compression));
  for (const reference of names)
    await task(`pushing ${reference}`, (owner) =>
      ports.sink.push(
        { reference, manifest },
        {
          signal: request.signal,
          onTransfer: (what, doneBytes, totalBytes) =>
            emit({ kind: "transfer", timeMs: ports.clock.now(), owner, what, doneBytes, totalBytes }),
          ...(insecure === undefined ? {} : { insecure }),
        },
      ),
    );
  return { exporter: "image", names, manifest, isPublished: true };
}
