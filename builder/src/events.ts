import type { Descriptor, Digest } from "@tsbuild/layers";
import type { SourceLocation } from "@tsbuild/runner-native";
import type { StepId } from "./graph/step.ts";

/** A step as screens know it. */
export interface PlannedStep {
  readonly id: StepId;
  readonly name: string;
  readonly stage: string;
  readonly inputs: readonly StepId[];
}

/** What a build tells while it runs. Times are milliseconds of the build's clock. */
export type BuildEvent =
  | { readonly kind: "plan"; readonly timeMs: number; readonly steps: readonly PlannedStep[] }
  | { readonly kind: "step-start"; readonly timeMs: number; readonly step: StepId }
  | { readonly kind: "step-cached"; readonly timeMs: number; readonly step: StepId }
  | {
      readonly kind: "step-output";
      readonly timeMs: number;
      readonly step: StepId;
      readonly stream: "stdout" | "stderr";
      readonly chunk: Uint8Array;
    }
  | { readonly kind: "step-done"; readonly timeMs: number; readonly step: StepId }
  | { readonly kind: "step-failed"; readonly timeMs: number; readonly step: StepId; readonly error: Error }
  | { readonly kind: "step-cancelled"; readonly timeMs: number; readonly step: StepId }
  /** Work that is no step of the graph: resolving, loading the Dockerfile, exporting. `id` is unique in the build. */
  | { readonly kind: "task-start"; readonly timeMs: number; readonly id: string; readonly name: string }
  | { readonly kind: "task-done"; readonly timeMs: number; readonly id: string; readonly error?: Error }
  | {
      readonly kind: "transfer";
      readonly timeMs: number;
      /** A StepId or a task id. */
      readonly owner: string;
      readonly what: string;
      readonly doneBytes: number;
      readonly totalBytes: number | undefined;
    }
  | {
      readonly kind: "warning";
      readonly timeMs: number;
      readonly rule?: string;
      readonly message: string;
      readonly detail?: string;
      readonly url?: string;
      readonly location?: SourceLocation;
    }
  | { readonly kind: "notice"; readonly timeMs: number; readonly message: string }
  | {
      readonly kind: "exported";
      readonly timeMs: number;
      readonly exporter: string;
      readonly names: readonly string[];
      readonly manifest?: Descriptor;
      readonly configDigest?: Digest;
      readonly size?: number;
      readonly path?: string;
    };

/** Called as things happen; must not throw. */
export type EmitEvent = (event: BuildEvent) => void;
