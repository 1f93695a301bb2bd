import { join } from "node:path";
import { NotRunnable, type RecordedBuild, type RecordedExport, resolveText } from "./case.ts";
import type { HandCheck } from "./hand-check.ts";

/** Where a build finds and leaves its files. */
export interface BuildPlace {
  readonly context: string;
  /** The local export, for the checks of files. */
  readonly output: string;
  readonly secrets: string;
  /** The directory of the OCI layout that the test's first build exported. */
  readonly layout: string | undefined;
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
export function commandLine(
  build: RecordedBuild,
  place: BuildPlace,
  lookedAt: HandCheck["exports"],
): readonly string[] {
  const attributes = build.frontend_attrs ?? {};
  if (typeof attributes === "string") throw new NotRunnable("attributes of the test's program");
  const resolved = Object.entries(attributes).map(
    ([name, value]) => [name, isAttestation(name) ? value : resolveText(value, place.values)] as const,
  );
  const positional = resolved.find(([name]) => name === "context")?.[1] ?? place.context;
  return [
    ...resolved.flatMap(([name, value]) =>
      name === "filename" && positional !== place.context
        ? ["--file", value]
        : attributeOptions(name, value, place),
    ),
    ...exportOptions(build, place, lookedAt),
    ...cacheOptions(build),
    ...secretOptions(build, place),
    ...allowOptions(build),
    positional,
  ];
}

function attributeOptions(name: string, value: string, place: BuildPlace): readonly string[] {
  const [kind, rest] = splitAt(name);
  if (withoutEffect.has(name) || name === "context") return [];
  if (isAttestation(name)) return ["--attest", `type=${rest},${value}`];
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
    case "cache-from":
      return ["--cache-from", value];
    case "requestid":
      return ["--call", questionOf(value)];
    case "force-network-mode":
      return ["--network", value];
    case "contextsubdir":
      return ["--context-sub-path", value];
    // The Dockerfile is beside the context: here it has to be behind a URL, as the context is standard input.
    case "dockerfilekey":
      return ["--file", `${resolveText("{{server.URL}}", place.values)}/${value}`];
    case "memory":
      return ["--resource", `${name}=${value}`];
    case "cgroup-parent":
    case "hostname":
    case "ulimit":
    case "shm-size":
      return [`--${name}`, value];
    default:
      throw new NotRunnable(`the attribute ${name}`);
  }
}

/** Asked for with an option that does not exist yet, so its value is nothing that has to be known. */
function isAttestation(name: string): boolean {
  return name.startsWith("attest:");
}

function cacheOptions({
  cache_exports: exported,
  cache_imports: imported,
}: RecordedBuild): readonly string[] {
  return [
    ...(exported ?? []).flatMap(({ Type: type }) => ["--cache-to", `type=${type}`]),
    ...(imported ?? []).flatMap(({ Type: type }) => ["--cache-from", `type=${type}`]),
  ];
}

/** True for a build that asks the frontend something: buildx does it with --call. */
export function isQuestion({ frontend_attrs: attributes }: RecordedBuild): boolean {
  return typeof attributes === "object" && attributes["requestid"] !== undefined;
}

/** Answered as JSON unless the request says how. */
function questionOf(request: string): string {
  const name = request.replace(/^frontend\./, "");
  return name.includes(",") ? name : `${name},format=json`;
}

function splitAt(name: string): readonly [string, string] {
  const colon = name.indexOf(":");
  return colon < 0 ? [name, ""] : [name.slice(0, colon), name.slice(colon + 1)];
}

function namedContext(value: string, place: BuildPlace): string {
  if (value.startsWith("input:")) throw new NotRunnable("a named context that is an input of BuildKit's API");
  if (value.startsWith("local:")) return localMount(place, value.slice("local:".length));
  const [, digest] = /^oci-layout:\w+@(.*)$/.exec(value) ?? [];
  if (digest !== undefined) return `oci-layout://${place.layout}@${digest}`;
  return value;
}

/** The directory of another local mount of the build. */
export function localMount({ context }: Pick<BuildPlace, "context">, name: string): string {
  return `${context}.${name}`;
}

/** The recorded exports, and what the checks look at besides. */
function exportOptions(
  build: RecordedBuild,
  place: BuildPlace,
  lookedAt: HandCheck["exports"],
): readonly string[] {
  const recorded = (build.exports ?? []).flatMap((given) =>
    typeof given === "string" ? outputOf("local", place) : recordedExport(given, place),
  );
  const readsFiles = (build.checks ?? []).some(({ file }) => file !== undefined);
  return [
    ...recorded,
    ...(readsFiles ? missingOutput("local", recorded, place) : []),
    ...(lookedAt === undefined ? [] : missingOutput(lookedAt, recorded, place)),
  ].flat();
}

type Output = readonly ["--output" | "--tag", string];

function missingOutput(kind: string, recorded: readonly Output[], place: BuildPlace): readonly Output[] {
  return recorded.some(([, text]) => text.startsWith(`type=${kind},`)) ? [] : outputOf(kind, place);
}

function recordedExport(given: RecordedExport, place: BuildPlace): readonly Output[] {
  const attributes = typeof given.Attrs === "object" ? given.Attrs : {};
  const resolved = Object.entries(attributes).map(
    ([name, value]) => [name, resolveText(value, place.values)] as const,
  );
  if (given.Type !== "image") return outputOf(given.Type, place, resolved);
  const names = resolved.find(([name]) => name === "name")?.[1];
  return names?.split(",").map((name) => ["--tag", name] as const) ?? [];
}

function outputOf(
  kind: string,
  { output }: BuildPlace,
  attributes: readonly (readonly [string, string])[] = [],
): readonly Output[] {
  const destination = kind === "local" ? output : `${output}.${kind}`;
  const fields = attributes.map(([name, value]) => quoted(`${name}=${value}`));
  return [["--output", [`type=${kind}`, `dest=${destination}`, ...fields].join(",")]];
}

/** A field of a CSV line. */
function quoted(field: string): string {
  return /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function secretOptions({ session }: RecordedBuild, { secrets }: BuildPlace): readonly string[] {
  return (session ?? []).flatMap((text) => {
    if (wantsKey(text)) return ["--ssh", `default=${join(secrets, keyName)}`];
    if (/sshprovider/.test(text)) throw new NotRunnable("an SSH agent of the test's program");
    return secretsOf(text).flatMap(([id]) => ["--secret", `id=${id},src=${join(secrets, id)}`]);
  });
}

/** What a test calls the SSH key that it makes. */
export const keyName = "key";

/** True for a provider that serves such a key. */
export function wantsKey(session: string): boolean {
  return /sshprovider/.test(session) && session.includes(`filepath.Join(tmpDir, "${keyName}")`);
}

const entitlementNames: Readonly<Record<string, string>> = {
  "go: entitlements.EntitlementNetworkHost.String()": "network.host",
  "go: entitlements.EntitlementSecurityInsecure.String()": "security.insecure",
};

function allowOptions({ entitlements = [] }: RecordedBuild): readonly string[] {
  return entitlements.flatMap((text) => {
    const name = entitlementNames[text];
    if (name === undefined) throw new NotRunnable(`the entitlement ${text}`);
    return ["--allow", name];
  });
}

/** The pairs of a Go map of byte strings. */
export function secretsOf(text: string): readonly (readonly [string, string])[] {
  return [...text.matchAll(/"([^"]+)":\s*\[\]byte\("([^"]*)"\)/g)].map(
    ([, id = "", value = ""]) => [id, value] as const,
  );
}
