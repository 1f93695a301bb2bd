import { join } from "node:path";
import { NotRunnable, type RecordedBuild, resolveText } from "./case.ts";

/** Where a build finds and leaves its files. */
export interface BuildPlace {
  readonly context: string;
  /** The local export, for the checks of files. */
  readonly output: string;
  readonly secrets: string;
  readonly values: ReadonlyMap<string, string>;
}

/** Attributes that change nothing of the image here. */
const withoutEffect: ReadonlySet<string> = new Set([
  "frontend.caps",
  "vcs:source",
  "vcs:revision",
  "cmdline",
]);

/** The arguments of `tsbuild build` that say what the build's attributes say. */
export function commandLine(build: RecordedBuild, place: BuildPlace): readonly string[] {
  const attributes = build.frontend_attrs ?? {};
  if (typeof attributes === "string") throw new NotRunnable("attributes of the test's program");
  const resolved = Object.entries(attributes).map(
    ([name, value]) => [name, resolveText(value, place.values)] as const,
  );
  const positional = resolved.find(([name]) => name === "context")?.[1] ?? place.context;
  return [
    ...resolved.flatMap(([name, value]) => attributeOptions(name, value, place)),
    ...exportOptions(build, place),
    ...secretOptions(build, place),
    positional,
  ];
}

function attributeOptions(name: string, value: string, place: BuildPlace): readonly string[] {
  const [kind, rest] = splitAt(name);
  if (withoutEffect.has(name) || name === "context") return [];
  if (kind === "build-arg" || kind === "label") return [`--${kind}`, `${rest}=${value}`];
  if (kind === "context" && !rest.includes("::"))
    return ["--build-context", `${rest}=${namedContext(value, place)}`];
  switch (name) {
    case "target":
    case "platform":
      return [`--${name}`, value];
    case "filename":
      return ["--file", join(place.context, value)];
    case "no-cache":
      return value === "" ? ["--no-cache"] : ["--no-cache-filter", value];
    case "force-network-mode":
      return ["--network", value];
    case "ulimit":
    case "shm-size":
      return [`--${name}`, value];
    default:
      throw new NotRunnable(`the attribute ${name}`);
  }
}

function splitAt(name: string): readonly [string, string] {
  const colon = name.indexOf(":");
  return colon < 0 ? [name, ""] : [name.slice(0, colon), name.slice(colon + 1)];
}

function namedContext(value: string, place: BuildPlace): string {
  if (value.startsWith("input:")) throw new NotRunnable("a named context that is an input of BuildKit's API");
  if (value.startsWith("local:")) return localMount(place, value.slice("local:".length));
  return value;
}

/** The directory of another local mount of the build. */
export function localMount({ context }: Pick<BuildPlace, "context">, name: string): string {
  return `${context}.${name}`;
}

function exportOptions(build: RecordedBuild, { output, values }: BuildPlace): readonly string[] {
  if ((build.checks ?? []).some(({ file }) => file !== undefined)) return ["--output", output];
  return (build.exports ?? []).flatMap((given) => {
    if (typeof given === "string") return ["--output", output];
    const attributes = typeof given.Attrs === "object" ? given.Attrs : {};
    const name = attributes["name"];
    switch (given.Type) {
      case "local":
        return ["--output", output];
      case "tar":
        return ["--output", `type=tar,dest=${output}.tar`];
      case "oci":
      case "docker":
        return ["--output", `type=${given.Type},dest=${output}.${given.Type}`];
      default:
        return name === undefined
          ? []
          : resolveText(name, values)
              .split(",")
              .flatMap((each) => ["--tag", each]);
    }
  });
}

function secretOptions({ session, entitlements }: RecordedBuild, { secrets }: BuildPlace): readonly string[] {
  const given = (session ?? []).flatMap((text) => {
    if (/sshprovider/.test(text)) throw new NotRunnable("an SSH agent");
    return secretsOf(text).flatMap(([id]) => ["--secret", `id=${id},src=${join(secrets, id)}`]);
  });
  if (entitlements !== undefined) throw new NotRunnable("entitlements");
  return given;
}

/** The pairs of a Go map of byte strings. */
export function secretsOf(text: string): readonly (readonly [string, string])[] {
  return [...text.matchAll(/"([^"]+)":\s*\[\]byte\("([^"]*)"\)/g)].map(
    ([, id = "", value = ""]) => [id, value] as const,
  );
}
