import { formatPlatform, type Platform } from "@tsbuild/layers";
import { type EscapeCharacter, expand, type ExpandOptions } from "../../dockerfile/expand/expand.ts";
import { trimSpace } from "../../dockerfile/scan/whitespace.ts";
import { TsbuildError } from "@tsbuild/runner-native";
import type { StageState } from "./stage-state.ts";

/** An instruction's text with variables filled in, its keyword in capitals. */
export function shownText(
  text: string,
  variables: ReadonlyMap<string, string>,
  options: {
    readonly escape: EscapeCharacter;
    readonly style: "plain" | "script";
    readonly suffix: string;
  },
): string {
  const settings: ExpandOptions =
    options.style === "plain"
      ? { escape: options.escape }
      : { escape: options.escape, raw: "quotes", unset: "keep" };
  const shown = expandOrKeep(trimSpace(text) + options.suffix, variables, settings);
  const space = shown.indexOf(" ");
  return space < 0 ? shown.toUpperCase() : shown.slice(0, space).toUpperCase() + shown.slice(space);
}

function expandOrKeep(text: string, variables: ReadonlyMap<string, string>, options: ExpandOptions): string {
  try {
    return expand(text, variables, options).text;
  } catch (error) {
    if (!(error instanceof TsbuildError)) throw error;
    return text;
  }
}

/** `[stage 2/5] RUN make`: counts the step in its stage. */
export function stepName(
  state: StageState,
  text: string,
  options: { readonly platform: Platform; readonly isMultiPlatform: boolean; readonly isTrigger: boolean },
): string {
  if (state.commandTotal === 0) return text;
  const platform = options.isMultiPlatform ? `${platformPrefix(state, options.platform)} ` : "";
  const stage = state.name === "" ? "" : `${state.name} `;
  const index = String(++state.commandIndex).padStart(String(state.commandTotal).length);
  const trigger = options.isTrigger ? "ONBUILD " : "";
  return `[${platform}${stage}${index}/${state.commandTotal}] ${trigger}${text}`;
}

/** `linux/amd64`, or `linux/amd64->arm64` when the stage was told that it builds for another one. */
function platformPrefix(state: StageState, platform: Platform): string {
  const shown = formatPlatform(platform);
  const os = state.variables.get("TARGETOS") ?? platform.os;
  const architecture = state.variables.get("TARGETARCH");
  const target = state.variables.get("TARGETPLATFORM");
  const wanted = target ?? (architecture === undefined ? shown : `${os}/${architecture}`);
  if (wanted === shown) return shown;
  return `${shown}->${wanted.startsWith(`${platform.os}/`) ? wanted.slice(platform.os.length + 1) : wanted}`;
}
