export { builderError, builderErrorCodes } from "./errors.ts";
export type { BuildEvent, EmitEvent, PlannedStep } from "./events.ts";
export type * from "./graph/step.ts";
export type { BuilderPorts, Clock, ImageSink, ImageSource, PullPolicy, TransferProgress } from "./ports.ts";
export type {
  BuildRequest,
  BuildResult,
  BuildRun,
  CompressionRequest,
  ExportRequest,
  LocalContext,
} from "./request.ts";
