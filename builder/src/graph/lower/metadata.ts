import { compareBytes, type HealthConfig } from "@tsbuild/layers";
import { checkExposeInvalidFormat } from "../../dockerfile/checks/expose-invalid-format.ts";
import { checkExposeProtoCasing } from "../../dockerfile/checks/expose-proto-casing.ts";
import { checkJsonArgsRecommended } from "../../dockerfile/checks/json-args-recommended.ts";
import { checkLegacyKeyValueFormat } from "../../dockerfile/checks/legacy-key-value-format.ts";
import { checkMultipleInstructionsDisallowed } from "../../dockerfile/checks/multiple-instructions-disallowed.ts";
import type { Report } from "../../dockerfile/checks/rule.ts";
import { checkSecretsUsedInArgOrEnv } from "../../dockerfile/checks/secrets-used-in-arg-or-env.ts";
import { expand } from "../../dockerfile/expand/expand.ts";
import { parsePorts } from "../../dockerfile/values/expose.ts";
import { formatDuration } from "../../dockerfile/values/duration.ts";
import type {
  ArgInstruction,
  CmdInstruction,
  Command,
  EntrypointInstruction,
  EnvInstruction,
  ExposeInstruction,
  Healthcheck,
  HealthcheckInstruction,
  LabelInstruction,
  StopsignalInstruction,
  VolumeInstruction,
} from "../../dockerfile/instruction.ts";
import { tokenIn } from "../../dockerfile/place.ts";
import { Problem } from "../../dockerfile/problem.ts";
import { quoteCharacter, quoteList, quote } from "../../dockerfile/expand/quote.ts";
import { setImageVariable } from "../../image/image-draft.ts";
import { isSignal, signalNames } from "../../dockerfile/values/signals.ts";
import {
  type CommandContext,
  commit,
  expandWord,
  notVariables,
  setStageVariable,
} from "./command-context.ts";
import { atInstruction } from "./fault.ts";
import { didYouMean } from "../../dockerfile/suggest.ts";
import type { StageState } from "./stage-state.ts";
import { ownValue } from "./variables.ts";

/** Each ARG of a line sees the ones before it. */
export function lowerArg(context: CommandContext<ArgInstruction>): void {
  const { state, scope, instruction } = context;
  const texts: string[] = [];
  for (const { name, value, token } of instruction.args) {
    checkSecretsUsedInArgOrEnv(instruction, { keyword: "ARG", name }, scope.report);
    const read =
      ownValue(scope.buildArgs, name) ??
      (value === undefined ? scope.variables.get(name) : expandWord(context, value, token));
    if (read !== undefined && !notVariables.has(name)) setStageVariable(state, name, read);
    state.args.push({ name, value: read });
    state.declared.set(name, read);
    texts.push(read === undefined ? name : `${name}=${read}`);
  }
  commit(context, `ARG ${texts.join(" ")}`, "metadata");
}

/** All words of a line see the variables as they were before it. */
export function lowerEnv(context: CommandContext<EnvInstruction>): void {
  const { state, scope, instruction } = context;
  const pairs = instruction.pairs.map(({ key, value, token }) => ({
    key: expandWord(context, key, token),
    value: expandWord(context, value, token),
  }));
  checkLegacyKeyValueFormat(instruction, scope.report);
  for (const { key, value } of pairs) {
    checkSecretsUsedInArgOrEnv(instruction, { keyword: "ENV", name: key }, scope.report);
    setStageVariable(state, key, value);
    setImageVariable(state.image, key, value);
  }
  commit(context, `ENV ${pairs.map(({ key, value }) => `${key}=${value}`).join(" ")}`, "metadata");
}

export function lowerLabel(context: CommandContext<LabelInstruction>): void {
  const { state, scope, instruction } = context;
  checkLegacyKeyValueFormat(instruction, scope.report);
  const texts: string[] = [];
  for (const pair of instruction.pairs) {
    const key = expandWord(context, pair.key, pair.token);
    const value = expandWord(context, pair.value, pair.token);
    state.image.labels.set(key, value);
    texts.push(`${key}=${value}`);
  }
  commit(context, `LABEL ${texts.join(" ")}`, "metadata");
}

/** The words of a command with the shell in front, when it is in shell form. */
export function withShell(state: StageState, { form, words }: Command): readonly string[] {
  if (form === "exec") return words;
  const { shell: chosen, os } = state.image;
  const shell = chosen.length > 0 ? chosen : os === "windows" ? ["cmd", "/S", "/C"] : ["/bin/sh", "-c"];
  return [...shell, words.join(" ")];
}

export function lowerCmd(context: CommandContext<CmdInstruction>): void {
  const { state, scope, instruction } = context;
  noteRepeated(state, instruction, scope.report);
  checkJsonArgsRecommended(instruction, state.image.shell, scope.report);
  state.image.cmd = withShell(state, instruction.command);
  state.image.argsEscaped = true;
  commit(context, `CMD ${quoteList(state.image.cmd)}`, "metadata");
}

/** An inherited CMD would be arguments of another program: it goes, unless this stage set one. */
export function lowerEntrypoint(context: CommandContext<EntrypointInstruction>): void {
  const { state, scope, instruction } = context;
  noteRepeated(state, instruction, scope.report);
  checkJsonArgsRecommended(instruction, state.image.shell, scope.report);
  state.image.entrypoint = withShell(state, instruction.command);
  if (!state.latest.has("cmd")) state.image.cmd = [];
  commit(context, `ENTRYPOINT ${quoteList(state.image.entrypoint)}`, "metadata");
}

export function lowerExpose(context: CommandContext<ExposeInstruction>): void {
  const { state, scope, instruction } = context;
  const ports = new Set<string>();
  for (const text of instruction.ports) {
    const { words } = expand(text, state.variables, { escape: scope.dockerfile.escape });
    for (const word of words) {
      const token = tokenIn(instruction.scanned.rest, text);
      const read = atInstruction(scope.dockerfile.source.file, instruction.scanned, token, () =>
        parsePorts(word),
      );
      scope.budget.spend(read.ports.length * 64);
      checkExposeProtoCasing(instruction, { port: word, protocol: read.protocol }, scope.report);
      checkExposeInvalidFormat(instruction, { port: word, hasHost: read.hasHost }, scope.report);
      for (const port of read.ports) ports.add(port);
    }
  }
  const sorted = [...ports].toSorted(compareBytes);
  for (const port of sorted) state.image.exposedPorts.add(port);
  commit(context, `EXPOSE [${sorted.join(" ")}]`, "metadata");
}

export function lowerVolume(context: CommandContext<VolumeInstruction>): void {
  const { state, instruction } = context;
  const volumes = instruction.volumes.map((volume) => expandWord(context, volume));
  for (const volume of volumes) {
    if (volume === "")
      throw new Problem("VOLUME specified can not be an empty string", {
        token: instruction.scanned.rest,
        hint: "write VOLUME /path",
      });
    state.image.volumes.add(volume);
  }
  commit(context, `VOLUME [${volumes.join(" ")}]`, "metadata");
}

export function lowerStopsignal(context: CommandContext<StopsignalInstruction>): void {
  const signal = expandWord(context, context.instruction.signal);
  if (!isSignal(signal))
    throw new Problem(`invalid signal: ${signal}${didYouMean(signal.toUpperCase(), signalNames)}`, {
      token: context.instruction.scanned.rest,
      hint: "write a name like SIGTERM, or a number",
    });
  context.state.image.stopSignal = signal;
  commit(context, `STOPSIGNAL ${signal}`, "metadata");
}

/** Remembers the instruction, and reports the one of its kind that it makes useless. */
function noteRepeated(
  state: StageState,
  instruction: CmdInstruction | EntrypointInstruction | HealthcheckInstruction,
  report: Report,
): void {
  checkMultipleInstructionsDisallowed(state.latest.get(instruction.kind), instruction.kind, report);
  state.latest.set(instruction.kind, instruction);
}

export function lowerHealthcheck(context: CommandContext<HealthcheckInstruction>): void {
  const { state, scope, instruction } = context;
  noteRepeated(state, instruction, scope.report);
  state.image.healthcheck = healthConfig(instruction.health);
  commit(context, `HEALTHCHECK ${shownHealthcheck(instruction.health)}`, "metadata");
}

/** The form that is stored: empty fields are left out. */
function healthConfig(health: Healthcheck): HealthConfig {
  return {
    ...(health.test.length > 0 && { Test: health.test }),
    ...(health.interval !== 0 && { Interval: health.interval }),
    ...(health.timeout !== 0 && { Timeout: health.timeout }),
    ...(health.startPeriod !== 0 && { StartPeriod: health.startPeriod }),
    ...(health.startInterval !== 0 && { StartInterval: health.startInterval }),
    ...(health.retries !== 0 && { Retries: health.retries }),
  };
}

/** As Go prints the struct with `%q`: durations as quoted text, the retries as a quoted character. */
function shownHealthcheck(health: Healthcheck): string {
  const durations = [health.interval, health.timeout, health.startPeriod, health.startInterval];
  const shown = durations.map((duration) => quote(formatDuration(BigInt(duration))));
  return `&{${[quoteList(health.test), ...shown, quoteCharacter(health.retries)].join(" ")}}`;
}
