import type { Arguments } from "../arguments.ts";
import { flagToken, readFlags } from "../flags.ts";
import type { RunDevice, RunInstruction } from "../instruction.ts";
import { checkMount } from "../values/mount.ts";
import type { Token } from "../place.ts";
import { Problem } from "../problem.ts";
import { quote } from "../expand/quote.ts";
import type { ScannedInstruction } from "../scan/scan.ts";
import { didYouMean } from "../suggest.ts";
import { commandOf } from "./command.ts";

export function parseRun(scanned: ScannedInstruction, read: Arguments): RunInstruction {
  const flags = readFlags(scanned.flags, {
    mount: "list",
    network: "text",
    security: "text",
    device: "list",
  });
  const command = commandOf(read);
  const mounts = flags.list("mount");
  for (const mount of mounts) checkMount(mount);
  return {
    kind: "run",
    scanned,
    command,
    files: scanned.heredocs.map(({ name, content, chomp }) => ({ name, content, chomp })),
    mounts,
    network: networkOf(flags.text("network") ?? "default", flagToken(scanned, "network")),
    security: securityOf(flags.text("security") ?? "sandbox", flagToken(scanned, "security")),
    devices: flags.list("device").map(deviceOf),
  };
}

function networkOf(value: string, token: Token | undefined): RunInstruction["network"] {
  if (value === "default" || value === "none" || value === "host") return value;
  throw new Problem(`invalid network mode ${quote(value)}${didYouMean(value, ["default", "host", "none"])}`, {
    token,
    hint: "network modes are default, none and host",
  });
}

function securityOf(value: string, token: Token | undefined): RunInstruction["security"] {
  if (value === "sandbox" || value === "insecure") return value;
  throw new Problem(`security ${quote(value)} is not valid${didYouMean(value, ["insecure", "sandbox"])}`, {
    token,
    hint: "security modes are sandbox and insecure",
  });
}

/** `vendor.com/class=name[,required]`, or a comma list of `name=` and `required=` keys. */
export function deviceOf(token: Token): RunDevice {
  let name = "";
  let required = false;
  for (const field of token.text.split(",")) {
    const equals = field.indexOf("=");
    const key = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    const value = equals < 0 ? undefined : field.slice(equals + 1);
    if (key === "required") {
      if (value !== undefined && value !== "true" && value !== "false")
        throw new Problem(`invalid value for required: ${value}`, { token });
      required = value !== "false";
      continue;
    }
    if (name !== "") throw new Problem(`device name already set to ${name}`, { token });
    name = key === "name" && value !== undefined ? value : field;
  }
  if (name === "") throw new Problem("device name is required", { token });
  return { name, required };
}
