import type { CompressionForm } from "@tsbuild/layers";
import type { ExportRequest } from "../request.ts";

/** What registries and docker expect when nobody says. */
export const defaultCompression: CompressionForm = { algorithm: "gzip" };

/** How an exporter wants the layers packed; undefined for one that publishes no layers. */
export function packedForm(request: ExportRequest): CompressionForm | undefined {
  switch (request.kind) {
    case "oci":
    case "docker":
      return request.compression ?? defaultCompression;
    case "image":
      return request.push ? (request.compression ?? defaultCompression) : undefined;
    case "load":
      return defaultCompression;
    case "store":
    case "local":
    case "tar":
    case "bundle":
      return undefined;
  }
}
