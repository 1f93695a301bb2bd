import { parseBoolean } from "../dockerfile/values/boolean.ts";
import { builderError } from "../errors.ts";

/** What a device changes about a container (Container Device Interface 1.0, "containerEdits"). */
export interface DeviceEdits {
  readonly env: readonly string[];
  readonly nodes: readonly { readonly path: string; readonly hostPath: string }[];
  readonly mounts: readonly {
    readonly hostPath: string;
    readonly containerPath: string;
    readonly options: readonly string[];
  }[];
  readonly groups: readonly number[];
}

/** A device of this machine, as a specification file describes it. */
export interface Device {
  /** `vendor.com/class`. */
  readonly kind: string;
  readonly name: string;
  /** BuildKit's annotation: a name that several devices of a kind may share. */
  readonly group: string | undefined;
  /** BuildKit's annotation: no entitlement is needed. */
  readonly isFree: boolean;
  readonly edits: DeviceEdits;
}

const groupAnnotation = "org.mobyproject.buildkit.device.class";
const freeAnnotation = "org.mobyproject.buildkit.device.autoallow";

type Json = Readonly<Record<string, unknown>>;

/** The devices of a specification file in JSON. @throws OPTION_INVALID that names the file */
export function readDeviceSpec(file: string, text: string): Device[] {
  const fail = (problem: string, cause?: unknown): never => {
    throw builderError("OPTION_INVALID", `the device specification ${file} ${problem}`, {
      cause,
      hint: "mend the file, or name another directory with --cdi-spec-dir",
    });
  };
  try {
    return devicesOf(JSON.parse(text) as Json);
  } catch (error) {
    return fail(error instanceof SpecProblem ? error.message : "is not valid JSON", error);
  }
}

class SpecProblem extends Error {}

function devicesOf(spec: Json): Device[] {
  const kind = textOf(spec, "kind");
  if (!/^[\w.-]+\/[\w.-]+$/.test(kind)) throw new SpecProblem(`has the kind ${JSON.stringify(kind)}`);
  const common = editsOf(objectOf(spec, "containerEdits"));
  return listOf(spec, "devices").map((device) => {
    const annotations = { ...objectOf(spec, "annotations"), ...objectOf(device, "annotations") };
    const own = editsOf(objectOf(device, "containerEdits"));
    const group = annotations[groupAnnotation];
    return {
      kind,
      name: textOf(device, "name"),
      group: typeof group === "string" ? group : undefined,
      isFree: parseBoolean(String(annotations[freeAnnotation])) === true,
      edits: {
        env: [...common.env, ...own.env],
        nodes: [...common.nodes, ...own.nodes],
        mounts: [...common.mounts, ...own.mounts],
        groups: [...common.groups, ...own.groups],
      },
    };
  });
}

/** Programs of the host around the container: nothing here runs them, and without them a device may not work. */
const refused = ["hooks", "intelRdt", "netDevices"];

function editsOf(edits: Json): DeviceEdits {
  for (const field of refused)
    if (listOrObject(edits[field])) throw new SpecProblem(`wants ${field}, which are not built`);
  return {
    env: stringsOf(edits, "env"),
    nodes: listOf(edits, "deviceNodes").map((node) => {
      const path = textOf(node, "path");
      return { path, hostPath: node["hostPath"] === undefined ? path : textOf(node, "hostPath") };
    }),
    mounts: listOf(edits, "mounts").map((mount) => ({
      hostPath: textOf(mount, "hostPath"),
      containerPath: textOf(mount, "containerPath"),
      options: stringsOf(mount, "options"),
    })),
    groups: (edits["additionalGIDs"] === undefined ? [] : (edits["additionalGIDs"] as unknown[])).filter(
      (gid) => Number.isSafeInteger(gid),
    ) as number[],
  };
}

function listOrObject(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : typeof value === "object" && value !== null;
}

function textOf(from: Json, field: string): string {
  const value = from[field];
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return value;
  throw new SpecProblem(`has no text where ${field} is wanted`);
}

function objectOf(from: Json, field: string): Json {
  const value = from[field] ?? {};
  if (typeof value === "object" && !Array.isArray(value)) return value as Json;
  throw new SpecProblem(`has no object where ${field} is wanted`);
}

function listOf(from: Json, field: string): readonly Json[] {
  const value = from[field] ?? [];
  if (Array.isArray(value) && value.every((item) => typeof item === "object" && item !== null))
    return value as Json[];
  throw new SpecProblem(`has no list where ${field} is wanted`);
}

function stringsOf(from: Json, field: string): readonly string[] {
  const value = from[field] ?? [];
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value as string[];
  throw new SpecProblem(`has no list of texts where ${field} is wanted`);
}
