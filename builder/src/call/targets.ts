import type { Dockerfile } from "../dockerfile/stages.ts";
import { type CallLocation, locationOfLines } from "./location.ts";
import { renderTable } from "./table.ts";

/** What `--call targets,format=json` prints: BuildKit's list of targets. What would be empty is missing. */
export interface TargetList {
  readonly targets: readonly Target[];
  /** The Dockerfile, base64. */
  readonly sources: readonly string[];
}

interface Target {
  readonly name?: string;
  readonly default?: true;
  /** The comment `# name description` above its FROM. */
  readonly description?: string;
  /** As written, like the platform: nothing is expanded. */
  readonly base?: string;
  readonly platform?: string;
  readonly location: CallLocation;
}

/** The stages of a Dockerfile; the last one is built when none is asked for. */
export function listTargets({ source, stages }: Dockerfile): TargetList {
  const last = stages.at(-1);
  return {
    targets: stages.map((stage) => {
      const { stageName, description, base, platform, scanned } = stage.from;
      return {
        ...(stageName !== undefined && { name: stageName }),
        ...(stage === last && { default: true }),
        ...(description !== "" && { description }),
        base: base.text,
        ...(platform !== undefined && { platform }),
        location: locationOfLines(scanned),
      };
    }),
    sources: [Buffer.from(source.text).toString("base64")],
  };
}

/** The list for people. */
export function renderTargets({ targets }: TargetList): string {
  const rows = targets.map((target) => {
    const shown = [target.name ?? "", target.default === true ? "(default)" : ""];
    return [shown.filter((part) => part !== "").join(" "), target.description ?? ""];
  });
  return renderTable(["TARGET", "DESCRIPTION"], rows);
}
