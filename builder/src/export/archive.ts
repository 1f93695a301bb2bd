import { type LayoutForm, type LayoutImage, layoutArchive, writeLayoutDirectory } from "@tsbuild/layers";
import { builderError } from "../errors.ts";
import type { ExportRequest } from "../request.ts";
import { writeStream } from "./destination.ts";
import type { Exported, ExportTools } from "./exporter.ts";
import { defaultCompression } from "./packed-form.ts";

type ArchiveRequest = Extract<ExportRequest, { kind: "oci" | "docker" }>;

/** An OCI layout as archive or directory, or the archive that `docker load` reads. */
export async function exportToArchive(request: ArchiveRequest, tools: ExportTools): Promise<Exported> {
  const { destination, names, compression = defaultCompression } = request;
  const { ports, task } = tools;
  const { signal } = tools.request;
  const { manifest } = await task("packing layers", () => tools.image.manifest(compression));
  const images: LayoutImage[] = [{ names, manifest: { ...manifest, platform: tools.image.output.platform } }];
  const form: LayoutForm["form"] = request.kind;
  await task(`writing ${destination === "-" ? "the archive" : destination}`, async () => {
    if (request.kind === "oci" && request.form === "directory")
      return writeLayoutDirectory(ports.store.blobs, images, destination, { form, signal });
    const archive = layoutArchive(ports.store.blobs, images, { form, signal });
    return writeStream(archive, destination, { signal, randomHex: ports.randomHex });
  });
  return { exporter: request.kind, names, manifest, isPublished: true, path: destination };
}

/** Into docker or podman. @throws OPTION_INVALID when the caller brought neither */
export async function exportToLoader(
  { names }: Extract<ExportRequest, { kind: "load" }>,
  { image, ports, request, task }: ExportTools,
): Promise<Exported> {
  const { loader, store } = ports;
  if (!loader)
    throw builderError("OPTION_INVALID", "there is no docker or podman to load the image into", {
      hint: "write an archive instead: --output type=docker,dest=FILE",
    });
  const { signal } = request;
  const { manifest } = await task("packing layers", () => image.manifest(defaultCompression));
  const archive = layoutArchive(store.blobs, [{ names, manifest }], { form: "docker", signal });
  await task("loading the image", () => loader.load(archive, { signal }));
  return { exporter: "load", names, manifest, isPublished: true };
}
