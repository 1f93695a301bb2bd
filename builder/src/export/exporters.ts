import type { ExportRequest } from "../request.ts";
import { exportToArchive, exportToLoader } from "./archive.ts";
import { exportToBundle } from "./bundle.ts";
import type { Exported, ExportTools } from "./exporter.ts";
import { exportToDirectory } from "./local.ts";
import { exportToRegistry } from "./registry.ts";
import { exportToStore } from "./store.ts";
import { exportToTar } from "./tar.ts";

/** Gives the image to one exporter. */
export function exportTo(request: ExportRequest, tools: ExportTools): Promise<Exported> {
  switch (request.kind) {
    case "store":
      return exportToStore(request, tools);
    case "oci":
    case "docker":
      return exportToArchive(request, tools);
    case "local":
      return exportToDirectory(request, tools);
    case "tar":
      return exportToTar(request, tools);
    case "image":
      return exportToRegistry(request, tools);
    case "bundle":
      return exportToBundle(request, tools);
    case "load":
      return exportToLoader(request, tools);
  }
}
