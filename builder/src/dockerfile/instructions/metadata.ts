import type { Arguments } from "../arguments.ts";
import { readFlags } from "../flags.ts";
import type {
  ArgInstruction,
  EnvInstruction,
  ExposeInstruction,
  KeyValue,
  LabelInstruction,
  MaintainerInstruction,
  OnbuildInstruction,
  StopsignalInstruction,
  UserInstruction,
  VolumeInstruction,
  WorkdirInstruction,
} from "../instruction.ts";
import type { Token } from "../place.ts";
import { Problem } from "../problem.ts";
import type { ScannedInstruction } from "../scan/scan.ts";
import { trimSpace } from "../scan/whitespace.ts";
import { describedBy, exactlyOne, needsArgument } from "./arity.ts";

export function parseArg(scanned: ScannedInstruction, { words }: Arguments): ArgInstruction {
  if (words.length === 0) throw needsArgument("ARG");
  const args = words.map((token) => {
    const equals = token.text.indexOf("=");
    const name = equals < 0 ? token.text : token.text.slice(0, equals);
    if (name === "") throw blankName("ARG", token);
    const value = equals < 0 ? undefined : token.text.slice(equals + 1);
    return { name, value, token, description: describedBy(scanned.comments, name) };
  });
  return { kind: "arg", scanned, args };
}

export function parseEnv(scanned: ScannedInstruction, read: Arguments): EnvInstruction {
  readFlags(scanned.flags, {});
  return { kind: "env", scanned, pairs: keyValues("ENV", read) };
}

export function parseLabel(scanned: ScannedInstruction, read: Arguments): LabelInstruction {
  readFlags(scanned.flags, {});
  return { kind: "label", scanned, pairs: keyValues("LABEL", read) };
}

function keyValues(keyword: string, { pairs }: Arguments): readonly KeyValue[] {
  if (pairs.length === 0) throw needsArgument(keyword);
  return pairs.map(({ key, value, isLegacy }) => {
    if (key.text === "") throw blankName(keyword, value);
    return {
      key: key.text,
      value: value.text,
      isLegacy,
      token: { text: key.text, start: key.start, end: value.end },
    };
  });
}

function blankName(keyword: string, token: Token): Problem {
  return new Problem(`${keyword} names can not be blank`, { token });
}

export function parseMaintainer(scanned: ScannedInstruction, read: Arguments): MaintainerInstruction {
  const author = exactlyOne("MAINTAINER", read);
  readFlags(scanned.flags, {});
  return { kind: "maintainer", scanned, author };
}

export function parseWorkdir(scanned: ScannedInstruction, read: Arguments): WorkdirInstruction {
  const path = exactlyOne("WORKDIR", read);
  readFlags(scanned.flags, {});
  return { kind: "workdir", scanned, path };
}

export function parseUser(scanned: ScannedInstruction, read: Arguments): UserInstruction {
  const user = exactlyOne("USER", read);
  readFlags(scanned.flags, {});
  return { kind: "user", scanned, user };
}

export function parseStopsignal(scanned: ScannedInstruction, read: Arguments): StopsignalInstruction {
  const signal = exactlyOne("STOPSIGNAL", read);
  readFlags(scanned.flags, {});
  return { kind: "stopsignal", scanned, signal };
}

export function parseExpose(scanned: ScannedInstruction, { words }: Arguments): ExposeInstruction {
  if (words.length === 0) throw needsArgument("EXPOSE");
  readFlags(scanned.flags, {});
  return { kind: "expose", scanned, ports: words.map(({ text }) => text).toSorted() };
}

export function parseVolume(scanned: ScannedInstruction, { words }: Arguments): VolumeInstruction {
  if (words.length === 0) throw needsArgument("VOLUME");
  readFlags(scanned.flags, {});
  const volumes = words.map((token) => {
    const volume = trimSpace(token.text);
    if (volume === "") throw new Problem("VOLUME specified can not be an empty string", { token });
    return volume;
  });
  return { kind: "volume", scanned, volumes };
}

const forbiddenTriggers: ReadonlySet<string> = new Set(["MAINTAINER", "FROM"]);

export function parseOnbuild(scanned: ScannedInstruction, { trigger }: Arguments): OnbuildInstruction {
  if (trigger === undefined) throw needsArgument("ONBUILD");
  readFlags(scanned.flags, {});
  const keyword = trigger.keyword.text.toUpperCase();
  const token = trigger.keyword;
  if (keyword === "ONBUILD")
    throw new Problem("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", {
      token,
      hint: "write ONBUILD once",
    });
  if (forbiddenTriggers.has(keyword))
    throw new Problem(`${keyword} isn't allowed as an ONBUILD trigger`, {
      token,
      hint: "a trigger is any instruction but FROM, MAINTAINER and ONBUILD",
    });
  const line = scanned.text.replace(/^\s*ONBUILD\s*/i, "");
  const bodies = scanned.heredocs.map(({ name, content }) => `\n${content}${name}`);
  return { kind: "onbuild", scanned, trigger: line + bodies.join("") };
}
