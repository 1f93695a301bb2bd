import { joinWorkdir } from "../../dockerfile/values/clean-path.ts";
import { Problem } from "../../dockerfile/problem.ts";
import { maxPathCharacters } from "../../limits.ts";
import { checkWorkdirRelativePath } from "../../dockerfile/checks/workdir-relative-path.ts";
import type { WorkdirInstruction } from "../../dockerfile/instruction.ts";
import { type CommandContext, commit, expandWord, type LowerScope, nameStep } from "./command-context.ts";
import { lowerCopy } from "./copy.ts";
import {
  lowerArg,
  lowerCmd,
  lowerEntrypoint,
  lowerEnv,
  lowerExpose,
  lowerHealthcheck,
  lowerLabel,
  lowerStopsignal,
  lowerVolume,
} from "./metadata.ts";
import { lowerRun } from "./run.ts";
import type { Command, StageState } from "./stage-state.ts";

/** Applies one instruction to its stage: a step, a change of the config, an entry of the history. */
export function lowerCommand(state: StageState, command: Command, scope: LowerScope): void {
  const { instruction } = command;
  const { startLine, endLine } = instruction.scanned;
  const platform = state.platform ?? scope.targetPlatform;
  const context: CommandContext = { ...command, state, scope, platform, span: { startLine, endLine } };
  switch (instruction.kind) {
    case "arg":
      return lowerArg({ ...context, instruction });
    case "env":
      return lowerEnv({ ...context, instruction });
    case "label":
      return lowerLabel({ ...context, instruction });
    case "copy":
    case "add":
      return lowerCopy({ ...context, instruction });
    case "run":
      return lowerRun({ ...context, instruction });
    case "workdir":
      return lowerWorkdir({ ...context, instruction });
    case "cmd":
      return lowerCmd({ ...context, instruction });
    case "entrypoint":
      return lowerEntrypoint({ ...context, instruction });
    case "shell":
      state.image.shell = instruction.shell;
      return commit(context, `SHELL [${instruction.shell.join(" ")}]`, "metadata");
    case "user":
      state.image.user = expandWord(context, instruction.user);
      return commit(context, `USER ${state.image.user}`, "metadata");
    case "expose":
      return lowerExpose({ ...context, instruction });
    case "volume":
      return lowerVolume({ ...context, instruction });
    case "stopsignal":
      return lowerStopsignal({ ...context, instruction });
    case "healthcheck":
      return lowerHealthcheck({ ...context, instruction });
    case "maintainer":
      state.image.author = instruction.author;
      return commit(context, `MAINTAINER ${instruction.author}`, "metadata");
    case "onbuild":
      state.image.onBuild.push(instruction.trigger);
      return undefined;
  }
}

function lowerWorkdir(context: CommandContext<WorkdirInstruction>): void {
  const { state, scope, instruction } = context;
  const path = expandWord(context, instruction.path);
  checkWorkdirRelativePath(instruction, { path, isFirst: !state.hasWorkdir }, scope.report);
  state.hasWorkdir = true;
  const directory = joinWorkdir(state.image.workingDir, path);
  if (directory.length > maxPathCharacters)
    throw new Problem(`the working directory is longer than ${maxPathCharacters} characters`);
  state.image.workingDir = directory;
  if (directory === "/") return commit(context, `WORKDIR ${directory}`, "metadata");
  state.top = scope.steps.add({
    kind: "mkdir",
    name: nameStep(context),
    stage: state.label,
    span: context.span,
    inputs: state.top === undefined ? [] : [{ role: "base", step: state.top }],
    platform: context.platform,
    path: directory,
    user: state.image.user,
  });
  return commit(context, `WORKDIR ${directory}`, "layer");
}
