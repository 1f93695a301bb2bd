import assert from "node:assert/strict";
import { test } from "node:test";
import type { Digest } from "@tsbuild/layers";
import type { CopyStep, RunMount, RunStep, Step, StepId } from "../graph/step.ts";
import { type CacheKey, type FieldValue, keyOf } from "./field-hash.ts";
import { type KeyInputs, keyFields } from "./key-fields.ts";

const digest = (digit: string): Digest => `sha256:${digit.repeat(64)}` as Digest;
const common = {
  id: "step-1" as StepId,
  name: "[1/2] name",
  stage: "stage",
  span: { startLine: 1, endLine: 2 },
  inputs: [{ role: "base", step: "step-0" as StepId }],
  platform: { os: "linux", architecture: "arm64", variant: "v8", "os.version": "1", "os.features": ["f"] },
} as const;

const copy: Required<CopyStep> = {
  ...common,
  kind: "copy",
  instruction: "COPY",
  sources: [
    { kind: "path", input: 1, pattern: "a" },
    { kind: "inline", fileName: "EOF", content: "text" },
  ],
  destination: "/d/",
  chown: "1:2",
  chmod: "755",
  link: false,
  parents: false,
  exclude: ["x"],
  unpack: "never",
};

const mounts: readonly RunMount[] = [
  { kind: "bind", target: "/b", input: 1, source: "s", readonly: true },
  {
    kind: "cache",
    target: "/c",
    id: "id",
    sharing: "shared",
    readonly: false,
    input: 1,
    source: "s",
    mode: 0o755,
    uid: 1,
    gid: 2,
  },
  { kind: "tmpfs", target: "/t", sizeBytes: 10 },
  { kind: "secret", id: "s", target: "/s", env: "S", required: true, mode: 0o400, uid: 1, gid: 2 },
  { kind: "ssh", id: "s", target: "/s", required: true, mode: 0o600, uid: 1, gid: 2 },
  { kind: "inline", target: "/i", content: "text", mode: 0o755 },
];

const run: Required<RunStep> = {
  ...common,
  kind: "run",
  argv: ["a", "b"],
  env: ["A=1"],
  proxyEnv: ["http_proxy=p"],
  cwd: "/",
  user: "u",
  network: "default",
  security: "sandbox",
  devices: [{ name: "v/c=n", required: true }],
  hostname: "foo",
  extraHosts: ["h"],
  mounts,
};

/** One step of each kind with every field given; the type makes sure that none is missing. */
const samples: { readonly [Kind in Step["kind"]]: Required<Extract<Step, { kind: Kind }>> } = {
  image: { ...common, kind: "image", reference: "r", digest: digest("1") },
  context: { ...common, kind: "context", context: "context" },
  git: {
    ...common,
    kind: "git",
    url: "u",
    ref: "r",
    subdir: "s",
    keepGitDir: false,
    checksum: "c",
    submodules: true,
    mtime: "checkout",
    fetchByCommit: false,
  },
  http: { ...common, kind: "http", url: "u", checksum: digest("1"), fileName: "f" },
  scratch: { ...common, kind: "scratch" },
  mkdir: { ...common, kind: "mkdir", path: "/p", user: "u" },
  copy,
  run,
};

/** What decides nothing (see key-fields.ts); contexts and downloads are known by their content, which is not in the step. */
const inNoKey: ReadonlySet<string> = new Set(
  "id name stage span image.reference context.context git.url git.ref git.checksum git.fetchByCommit http.url http.checksum copy.instruction run.proxyEnv".split(
    " ",
  ),
);
/** Where an input stands in the list says nothing: what it is comes by way of KeyInputs. */
const byInputs: ReadonlySet<string> = new Set(["input", "source", "pattern", "step"]);

const inputs: KeyInputs = { base: ["base"], source: (index) => ["source", index] };

function keyWith(step: Step, given: Partial<KeyInputs> = {}): CacheKey {
  return keyOf(keyFields(step, { ...inputs, ...given }));
}

type Json = string | number | boolean | undefined | readonly Json[] | { readonly [name: string]: Json };

/** The same value with one thing changed, for everything that can be changed in it. */
function* changed(value: Json): Generator<{ readonly path: string; readonly value: Json }> {
  if (value === undefined) yield { path: "", value: "something" };
  else if (typeof value === "string") yield { path: "", value: `${value}x` };
  else if (typeof value === "number") yield { path: "", value: value + 1 };
  else if (typeof value === "boolean") yield { path: "", value: !value };
  else if (Array.isArray(value)) {
    const list = value as readonly Json[];
    yield { path: ".length", value: list.slice(1) };
    for (const [index, item] of list.entries())
      for (const inner of changed(item))
        yield { path: `.${index}${inner.path}`, value: list.with(index, inner.value) };
  } else
    for (const [name, item] of Object.entries(value))
      for (const inner of changed(item))
        yield { path: `.${name}${inner.path}`, value: { ...(value as object), [name]: inner.value } };
}

for (const [kind, sample] of Object.entries(samples))
  for (const [field, value] of Object.entries(sample)) {
    if (field === "kind" || field === "inputs") continue;
    const isOut = inNoKey.has(field) || inNoKey.has(`${kind}.${field}`);
    test(`${kind}.${field} is in ${isOut ? "no key" : "the key"}, with all that is in it`, () => {
      for (const change of changed(value as Json)) {
        const last = change.path.split(".").at(-1) ?? "";
        if (byInputs.has(last) || last === "kind") continue;
        const other = { ...sample, [field]: change.value } as Step;
        assert.equal(keyWith(other) === keyWith(sample as Step), isOut, `${field}${change.path}`);
      }
      const gone = { ...sample, [field]: undefined } as unknown as Step;
      if (isOut || (typeof value === "object" && !Array.isArray(value))) return;
      if (Array.isArray(value) && value.some((item) => typeof item === "object")) return;
      assert.notEqual(keyWith(gone), keyWith(sample as Step));
    });
  }

test("the kinds of mounts are told apart", () => {
  const keys = mounts.map((mount) => keyWith({ ...run, mounts: [mount] }));
  assert.equal(new Set(keys).size, mounts.length);
});

test("a base that is another, or none, changes the key", () => {
  const none = { ...run, inputs: [] };
  const keys = [keyWith(run), keyWith(run, { base: ["other"] }), keyWith(none)];
  assert.equal(new Set(keys).size, 3);
});

test("what a source or a bind mount holds changes the key; what a cache mount holds does not", () => {
  const other = { source: (): FieldValue => "other" };
  assert.notEqual(keyWith(copy, other), keyWith(copy));
  const only = (kind: RunMount["kind"]): RunStep => ({
    ...run,
    mounts: mounts.filter((mount) => mount.kind === kind),
  });
  assert.notEqual(keyWith(only("bind"), other), keyWith(only("bind")));
  assert.equal(keyWith(only("cache"), other), keyWith(only("cache")));
});

test("the order of an object's fields means nothing, that of a list does", () => {
  assert.equal(keyOf({ a: 1, b: 2 }), keyOf({ b: 2, a: 1 }));
  assert.notEqual(keyOf(["a", "b"]), keyOf(["b", "a"]));
});

test("no two values share their bytes", () => {
  const values: FieldValue[] = [
    "",
    "u",
    "1",
    1,
    true,
    "t",
    undefined,
    [],
    [""],
    [[]],
    {},
    ["a", "bc"],
    ["ab", "c"],
    ["a|b", "c"],
    ["a", "b|c"],
    ["s1:a"],
    "s1:a",
    { a: "b" },
    [["a", "b"]],
    ["a", "b"],
    { a: undefined },
    "\ud800",
    "\ud801",
    "\ufffd",
  ];
  assert.equal(new Set(values.map(keyOf)).size, values.length);
});
