import type { Descriptor } from "@tsbuild/layers";
import type { EmitEvent } from "../events.ts";
import type { AssembledImage, PackedImage } from "../image/assemble.ts";
import type { BuilderPorts } from "../ports.ts";
import type { BuildRequest, ExportRequest } from "../request.ts";
import type { RunTask } from "../task.ts";

/** What every exporter works with. */
export interface ExportTools {
  readonly image: AssembledImage;
  /** The image as the local store has it. */
  readonly local: PackedImage;
  /** What SOURCE_DATE_EPOCH, or the output, says of exported files. */
  readonly epoch: number | undefined;
  readonly ports: BuilderPorts;
  readonly request: BuildRequest;
  readonly emit: EmitEvent;
  readonly task: RunTask;
  readonly beforeWork: () => Promise<void>;
}

/** What one exporter made. */
export interface Exported {
  readonly exporter: ExportRequest["kind"];
  readonly names: readonly string[];
  readonly manifest?: Descriptor;
  /** The manifest went where others can get it, so its digest is the build's. */
  readonly isPublished?: boolean;
  readonly path?: string;
  readonly size?: number;
}
