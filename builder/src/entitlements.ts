import type { DeviceRegistry } from "./devices/device-registry.ts";
import { builderError } from "./errors.ts";
import type { RunStep, Step } from "./graph/step.ts";
import type { BuildRequest } from "./request.ts";
import { placeAt } from "./steps/step-place.ts";

/** What RUN steps may ask for beyond their sandbox. */
export interface Entitlements {
  readonly networkHost: boolean;
  readonly securityInsecure: boolean;
  readonly devices: DeviceEntitlement;
}

/** By the name that a RUN uses: the device that it stands for. */
export type DeviceEntitlement = "all" | ReadonlyMap<string, string>;

/**
 * Reads `network.host`, `security.insecure`, `device`, `device=NAME[,alias=NAME]` as `--allow` gives them. A build whose default is
 * the host's network has network.host: who chose the one has allowed the other (as buildx).
 * @throws OPTION_INVALID
 */
export function readEntitlements({
  allow = [],
  network,
}: Pick<BuildRequest, "allow" | "network">): Entitlements {
  let [networkHost, securityInsecure] = [network === "host", false];
  let all = false;
  const devices = new Map<string, string>();
  for (const text of allow.filter((each) => each !== "")) {
    const [kind, value] = cut(text);
    if (text === "network.host") networkHost = true;
    else if (text === "security.insecure") securityInsecure = true;
    else if (kind === "device" && value === "") all = true;
    else if (kind === "device") devices.set(...readDevice(value));
    else
      throw builderError("OPTION_INVALID", `unknown entitlement ${text}`, {
        hint: "there are network.host, security.insecure and device[=NAME]",
      });
  }
  return { networkHost, securityInsecure, devices: all ? "all" : devices };
}

function cut(text: string): readonly [string, string] {
  const equals = text.indexOf("=");
  return equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** `vendor/class=name`, maybe with `,alias=` and the name that the Dockerfile uses. */
function readDevice(text: string): readonly [asked: string, device: string] {
  const [device = "", ...fields] = text.split(",");
  let alias = device;
  for (const field of fields) {
    const [key, value] = cut(field);
    if (key !== "alias" || value === "")
      throw builderError("OPTION_INVALID", `unknown device config key ${JSON.stringify(field)}`, {
        hint: "write --allow device=NAME,alias=NAME",
      });
    alias = value;
  }
  return [alias, device];
}

/**
 * Checks what the steps of a graph ask for before any of them runs, those in the cache included.
 * @throws NOT_ALLOWED at the instruction that asks
 */
export function checkEntitlements(
  steps: readonly Step[],
  request: BuildRequest,
  devices: DeviceRegistry,
): void {
  const allowed = readEntitlements(request);
  for (const step of steps) {
    if (step.kind !== "run") continue;
    try {
      checkStep(step, allowed, devices);
    } catch (error) {
      throw placeAt(step, request.dockerfile.name, error);
    }
  }
}

function checkStep(step: RunStep, allowed: Entitlements, devices: DeviceRegistry): void {
  const missing = missingFor(step, allowed, devices);
  if (missing === undefined) return;
  throw builderError("NOT_ALLOWED", `entitlement ${missing} is not allowed`, {
    hint: `if you trust this Dockerfile with it, add --allow ${missing}`,
  });
}

function missingFor(
  { network, security, devices }: RunStep,
  allowed: Entitlements,
  registry: DeviceRegistry,
): string | undefined {
  if (network === "host" && !allowed.networkHost) return "network.host";
  if (security === "insecure" && !allowed.securityInsecure) return "security.insecure";
  const device = registry.refused(devices, allowed.devices);
  return device === undefined ? undefined : `device=${device}`;
}
