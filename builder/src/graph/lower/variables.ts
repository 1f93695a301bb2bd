import { formatPlatform, type Platform } from "@tsbuild/layers";
import { expand } from "../../dockerfile/expand/expand.ts";
import type { Dockerfile } from "../../dockerfile/stages.ts";
import { maxEnvironmentCharacters } from "../../limits.ts";
import { Problem } from "../../dockerfile/problem.ts";
import { atInstruction } from "./fault.ts";

/** Variables with their values, in the order they were set last. */
export type Variables = Map<string, string>;

/** Sets a variable; one that was set before moves to the end. */
export function setVariable(variables: Variables, name: string, value: string): void {
  variables.delete(name);
  variables.set(name, value);
}

/** @throws Problem when the variables together are larger than any kernel would take. */
export function checkSize(characters: number): void {
  if (characters > maxEnvironmentCharacters)
    throw new Problem("the variables of this stage are too large", {
      hint: "a variable that refers to itself twice doubles with every line",
      isLimit: true,
    });
}

export interface GlobalVariableOptions {
  readonly buildPlatform: Platform;
  readonly targetPlatform: Platform;
  readonly targetStage: string;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** What every FROM line sees: the platform variables, which build arguments override. */
export function platformVariables(options: GlobalVariableOptions): Variables {
  const { buildPlatform, targetPlatform, buildArgs } = options;
  const variables: Variables = new Map();
  for (const [prefix, platform] of [
    ["BUILD", buildPlatform],
    ["TARGET", targetPlatform],
  ] as const) {
    variables.set(`${prefix}PLATFORM`, formatPlatform(platform));
    variables.set(`${prefix}OS`, platform.os);
    variables.set(`${prefix}OSVERSION`, platform["os.version"] ?? "");
    variables.set(`${prefix}ARCH`, platform.architecture);
    variables.set(`${prefix}VARIANT`, platform.variant ?? "");
  }
  variables.set("TARGETSTAGE", options.targetStage === "" ? "default" : options.targetStage);
  for (const name of variables.keys()) {
    const given = ownValue(buildArgs, name);
    if (given !== undefined) variables.set(name, given);
  }
  return variables;
}

/** The ARGs before the first FROM, added to the platform variables. */
export function globalVariables(
  dockerfile: Dockerfile,
  platform: ReadonlyMap<string, string>,
  buildArgs: Readonly<Record<string, string>>,
): Variables {
  const variables: Variables = new Map(platform);
  let characters = 0;
  for (const { args, scanned } of dockerfile.globalArgs) {
    for (const { name, value, token } of args) {
      const given = ownValue(buildArgs, name);
      const read =
        given ??
        (value === undefined
          ? undefined
          : atInstruction(dockerfile.source.file, scanned, token, () =>
              expand(value, variables, { escape: dockerfile.escape }),
            ).text);
      if (read === undefined) continue;
      characters += read.length - (variables.get(name)?.length ?? -name.length);
      atInstruction(dockerfile.source.file, scanned, token, () => checkSize(characters));
      setVariable(variables, name, read);
    }
  }
  return variables;
}

export function ownValue(values: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

const proxyNames: readonly string[] = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

/** Proxy settings given as build arguments, in both cases, for every RUN. */
export function proxyEnvironment(buildArgs: Readonly<Record<string, string>>): readonly string[] {
  return proxyNames.flatMap((name) => {
    const given = Object.entries(buildArgs).findLast(([key]) => key.toUpperCase() === name)?.[1];
    if (given === undefined || given === "") return [];
    return [`${name}=${given}`, `${name.toLowerCase()}=${given}`];
  });
}
