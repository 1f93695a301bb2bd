import type {
  ContextStep,
  CopySource,
  CopyStep,
  GitStep,
  HttpStep,
  ImageStep,
  MkdirStep,
  RunMount,
  RunStep,
  ScratchStep,
  Step,
} from "../graph/step.ts";
import type { FieldValue } from "./field-hash.ts";

/** What a step's inputs are called in a key: by what defines them, or by what they contain. */
export interface KeyInputs {
  readonly base: FieldValue;
  /** The n-th source of a COPY or the n-th mount of a RUN; of a context step the whole context. */
  source(index: number): FieldValue;
}

/** "key": the value itself is in both keys. "none": in no key. */
type Part<Value> = "key" | "none" | ((value: Value, inputs: KeyInputs) => FieldValue);
type Parts<S extends Step> = { readonly [Field in keyof Required<S>]: Part<S[Field]> };

/** How a step is shown and where it stands decides nothing; platforms do (a base may be the same for two). */
const common = {
  kind: "key",
  id: "none",
  name: "none",
  stage: "none",
  span: "none",
  inputs: (inputs: Step["inputs"], { base }: KeyInputs): FieldValue => [
    base,
    inputs.filter(({ role }) => role === "base").length,
  ],
  platform: ({ os, architecture, variant, ...more }: Step["platform"]): FieldValue => [
    os,
    architecture,
    variant,
    more["os.version"],
    more["os.features"],
  ],
} as const;

const image: Parts<ImageStep> = {
  ...common,
  // The name leads to the digest and is not looked at again.
  reference: "none",
  digest: "key",
};

const context: Parts<ContextStep> = { ...common, context: (_, inputs) => inputs.source(0) };

/** The commit decides, wherever it comes from and whatever led to it (as BuildKit). */
const git: Parts<GitStep> = {
  ...common,
  url: (_, inputs) => inputs.source(0),
  ref: "none",
  checksum: "none",
  fetchByCommit: "none",
  subdir: "key",
  keepGitDir: "key",
  submodules: "key",
  mtime: "key",
};

/** What was found at the URL decides, and its name; whence it came does not (as BuildKit). */
const http: Parts<HttpStep> = {
  ...common,
  url: (_, inputs) => inputs.source(0),
  checksum: "none",
  fileName: "key",
};

const scratch: Parts<ScratchStep> = common;

const mkdir: Parts<MkdirStep> = { ...common, path: "key", user: "key" };

const copy: Parts<CopyStep> = {
  ...common,
  // COPY and ADD differ in `unpack` alone.
  instruction: "none",
  sources: (sources, inputs) => sources.map((source, index) => copySource(source, index, inputs)),
  destination: "key",
  chown: "key",
  chmod: "key",
  link: "key",
  parents: "key",
  exclude: "key",
  unpack: "key",
};

const run: Parts<RunStep> = {
  ...common,
  argv: "key",
  env: "key",
  // Proxies say how to reach something, not what it is (as BuildKit).
  proxyEnv: "none",
  cwd: "key",
  user: "key",
  hostname: (hostname) => hostname ?? "",
  extraHosts: "key",
  network: "key",
  security: "key",
  devices: (devices) => devices.map(({ name, required }) => [name, required]),
  mounts: (mounts, inputs) => mounts.map((mount, index) => runMount(mount, index, inputs)),
};

function copySource(source: CopySource, index: number, inputs: KeyInputs): FieldValue {
  switch (source.kind) {
    case "path":
      return [source.kind, inputs.source(index)];
    case "inline":
      return [source.kind, source.fileName, source.content];
  }
}

/** Of a mount everything counts but what a cache mount contains, now or at first. Secrets' values are not in a step at all. */
function runMount(mount: RunMount, index: number, inputs: KeyInputs): FieldValue {
  switch (mount.kind) {
    case "bind": {
      const { input: _, source: __, ...rest } = mount;
      return [{ ...rest }, inputs.source(index)];
    }
    case "cache": {
      const { input: _, source: __, ...rest } = mount;
      return { ...rest };
    }
    case "tmpfs":
    case "secret":
    case "ssh":
    case "inline":
      return { ...mount };
  }
}

/** To be raised when a step kind comes to do something else with the same fields. */
const versions: Readonly<Record<Step["kind"], number>> = {
  image: 1,
  context: 1,
  git: 1,
  http: 1,
  scratch: 1,
  mkdir: 1,
  copy: 1,
  run: 1,
};

const parts: { readonly [Kind in Step["kind"]]: Parts<Extract<Step, { kind: Kind }>> } = {
  image,
  context,
  git,
  http,
  scratch,
  mkdir,
  copy,
  run,
};

/** The ingredients of a step's key, by the name of the field: what a miss is explained with. */
export function keyFields(step: Step, inputs: KeyInputs): { readonly [name: string]: FieldValue } {
  const known = parts[step.kind] as Readonly<Record<string, Part<unknown>>>;
  const fields: Record<string, FieldValue> = { version: versions[step.kind] };
  for (const [name, part] of Object.entries(known)) {
    if (part === "none") continue;
    const value = (step as unknown as Readonly<Record<string, unknown>>)[name];
    fields[name] = part === "key" ? (value as FieldValue) : part(value, inputs);
  }
  return fields;
}
