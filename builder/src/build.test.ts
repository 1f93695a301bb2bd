import assert from "node:assert/strict";
import { once } from "node:events";
import {
  chmodSync,
  linkSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { test } from "node:test";
import {
  type Descriptor,
  digestOf,
  type Layer,
  maxConfigBytes,
  mediaTypes,
  parseImageConfig,
  readText,
  type TreeView,
} from "@tsbuild/layers";
import { makeWorkshop, type Workshop } from "../testing/workshop.ts";
import type { BuilderPorts } from "./ports.ts";
import type { BuildRequest } from "./request.ts";

/** Looks at the files of the image that a store has under this name. */
async function filesOf<Result>(
  workshop: Workshop,
  name: string,
  look: (view: TreeView) => Promise<Result> | Result,
): Promise<Result> {
  return workshop.withPorts(async ({ images, layers }) => {
    const signal = new AbortController().signal;
    const base = await images.resolve(
      name,
      { os: "linux", architecture: "amd64" },
      { pull: "never", signal },
    );
    const top = await images.layers(base, { signal, onTransfer: () => undefined });
    using view = await layers.view(top);
    return await look(view);
  });
}

function listing(view: TreeView): string[] {
  const lines: string[] = [];
  const visit = (path: string): void => {
    for (const name of view.list(path as never)) {
      const below = path === "" ? name : `${path}/${name}`;
      const entry = view.lookup(below as never);
      lines.push(`${below} ${entry?.type} ${entry?.mode.toString(8)} ${entry?.uid}:${entry?.gid}`);
      visit(below);
    }
  };
  visit("");
  return lines;
}

const name = "docker.io/library/app:latest";
const toStore = { exports: [{ kind: "store", names: [name] }] } as const;

test("COPY of a context: root's files, modes kept, what is ignored left out", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({
    ".dockerignore": "*.log\nnode_modules\n!node_modules/keep\n",
    "a.txt": "a",
    "b.log": "b",
    "run.sh": "#!/bin/sh",
    "node_modules/x/y": "no",
    "node_modules/keep/z": "yes",
  });
  chmodSync(workshop.path("context/run.sh"), 0o755);
  await workshop.build("FROM scratch\nCOPY . /app/\n", toStore);
  assert.deepEqual(await filesOf(workshop, name, listing), [
    "app directory 755 0:0",
    "app/.dockerignore file 644 0:0",
    "app/a.txt file 644 0:0",
    "app/node_modules directory 755 0:0",
    "app/node_modules/keep directory 755 0:0",
    "app/node_modules/keep/z file 644 0:0",
    "app/run.sh file 755 0:0",
  ]);
});

test("<Dockerfile>.dockerignore takes the place of the context's own", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ ".dockerignore": "a\n", a: "a", b: "b" });
  const dockerfile = { name: "D", text: "FROM scratch\nCOPY a b* /\n", ignore: "b\n" };
  await workshop.build("", { ...toStore, dockerfile });
  assert.deepEqual(await filesOf(workshop, name, listing), ["a file 644 0:0"]);
});

test("a second build reads no file again and gives the same image", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ a: "a", "d/b": "b" });
  const dockerfile = "FROM scratch\nCOPY a /\nCOPY d /d\nENV A=b\n";
  const first = await workshop.build(dockerfile);
  const second = await workshop.build(dockerfile);
  assert.deepEqual(second.ran, []);
  assert.deepEqual(second.cached, ["[1/2] COPY a /", "[2/2] COPY d /d"]);
  assert.equal(second.result.imageId, first.result.imageId);
  assert.equal(second.result.manifest.digest, first.result.manifest.digest);
});

for (const [what, change, expected] of [
  ["other bytes", (path) => writeFileSync(path, "b"), ["[1/2] COPY a /", "[2/2] COPY b /"]],
  ["another mode", (path) => chmodSync(path, 0o755), ["[1/2] COPY a /", "[2/2] COPY b /"]],
  ["another time", (path) => utimesSync(path, 1, 1), []],
] as const satisfies readonly (readonly [string, (path: string) => void, readonly string[]])[])
  test(`${what} of a file: ${expected.length} steps run`, async () => {
    await using workshop = await makeWorkshop();
    workshop.write({ a: "a", b: "b" });
    const dockerfile = "FROM scratch\nCOPY a /\nCOPY b /\n";
    await workshop.build(dockerfile);
    change(workshop.path("context/a"));
    const { ran } = await workshop.build(dockerfile);
    assert.deepEqual(ran, expected);
  });

test("a file that no step copies changes nothing", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ "src/a": "a", "other/b": "b" });
  const dockerfile = "FROM scratch\nCOPY src /src\n";
  await workshop.build(dockerfile);
  workshop.write({ "other/b": "changed" });
  assert.deepEqual((await workshop.build(dockerfile)).ran, []);
});

test("a file of the same size rewritten at once, its time set back, is seen", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ a: "aaaa" });
  const path = workshop.path("context/a");
  const { atime, mtime } = statSync(path);
  const dockerfile = "FROM scratch\nCOPY a /\n";
  for (const content of ["aaaa", "bbbb", "cccc", "dddd"]) {
    writeFileSync(path, content);
    utimesSync(path, atime, mtime);
    await workshop.build(dockerfile, toStore);
    assert.equal(await filesOf(workshop, name, (view) => readText(view, "a", 10)), content);
  }
});

/** Calls `act` each time a layer is about to be written: after the keys were made, before the bytes are read. */
function beforeEachWrite(ports: BuilderPorts, act: (count: number) => void): Partial<BuilderPorts> {
  let count = 0;
  const { layers } = ports;
  return {
    layers: {
      get: (id) => layers.get(id),
      fromBlob: (...given) => layers.fromBlob(...given),
      adoptTree: (...given) => layers.adoptTree(...given),
      view: (top: Layer | undefined) => layers.view(top),
      stop: (reason) => layers.stop(reason),
      writer(...given) {
        act(++count);
        return layers.writer(...given);
      },
    },
  };
}

async function buildWhile(
  workshop: Workshop,
  act: (count: number) => void,
): Promise<Awaited<ReturnType<Workshop["build"]>>> {
  return workshop.withPorts((ports) =>
    workshop.build("FROM scratch\nCOPY a /\n", toStore, { ...ports, ...beforeEachWrite(ports, act) }),
  );
}

for (const [what, change] of [
  ["other bytes", "bbbb"],
  ["fewer bytes", "b"],
  ["more bytes", "bbbbbbbb"],
] as const)
  test(`a file that changes once while it is copied (${what}): the layer has what the key says`, async () => {
    await using workshop = await makeWorkshop();
    workshop.write({ a: "aaaa" });
    const { events } = await buildWhile(workshop, (count) => {
      if (count === 1) workshop.write({ a: change });
    });
    assert.equal(await filesOf(workshop, name, (view) => readText(view, "a", 10)), change);
    assert.ok(events.some((event) => event.kind === "notice" && /changed/.test(event.message)));
    assert.deepEqual((await workshop.build("FROM scratch\nCOPY a /\n")).ran, []);
    workshop.write({ a: "aaaa" });
    const { ran } = await workshop.build("FROM scratch\nCOPY a /\n");
    assert.deepEqual(ran, ["[1/1] COPY a /"]);
  });

test("a file that goes on changing while it is copied is an error that names it, and nothing is recorded", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ a: "aaaa" });
  const building = buildWhile(workshop, (count) => workshop.write({ a: `aaa${count}` }));
  await assert.rejects(building, (error: Error & { code?: string; exitCode?: number }) => {
    assert.equal(error.code, "SOURCE_CHANGED");
    assert.match(error.message, /"a" changed while it was being copied/);
    assert.equal(error.exitCode, 2);
    return true;
  });
  const { ran } = await workshop.build("FROM scratch\nCOPY a /\n");
  assert.deepEqual(ran, ["[1/1] COPY a /"]);
});

test("a link in the context leads nowhere outside of it", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ "d/inner": "inside", canary: "inside the context" });
  writeFileSync(workshop.path("canary"), "outside");
  symlinkSync("/canary", workshop.path("context/absolute"));
  symlinkSync("../../../../canary", workshop.path("context/d/up"));
  symlinkSync("d", workshop.path("context/directory"));
  await workshop.build("FROM scratch\nCOPY absolute d/up directory/inner /\n", toStore);
  await filesOf(workshop, name, async (view) => {
    assert.equal(await readText(view, "absolute", 100), "inside the context");
    assert.equal(await readText(view, "up", 100), "inside the context");
    assert.equal(await readText(view, "inner", 100), "inside");
  });
});

test("a socket in the context becomes an empty file", async () => {
  await using workshop = await makeWorkshop();
  const server = createServer().listen(workshop.path("context/socket.sock"));
  await once(server, "listening");
  try {
    await workshop.build("FROM scratch\nCOPY . /\n", toStore);
  } finally {
    server.close();
  }
  const entry = await filesOf(workshop, name, (view) => view.lookup("socket.sock" as never));
  assert.deepEqual([entry?.type, entry?.size], ["file", 0]);
});

test("a build says which of its arguments ask for what is not built yet", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ a: "a" });
  const buildArgs = { BUILDKIT_INLINE_CACHE: "1" };
  const { events } = await workshop.build("FROM scratch\nCOPY a /\n", { buildArgs });
  assert.ok(events.some((event) => event.kind === "notice" && /BUILDKIT_INLINE_CACHE/.test(event.message)));
});

test("hard links inside one COPY stay hard links", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ "d/a": "a" });
  linkSync(workshop.path("context/d/a"), workshop.path("context/d/b"));
  await workshop.build("FROM scratch\nCOPY d /d\n", toStore);
  await filesOf(workshop, name, (view) => {
    const groups = ["d/a", "d/b"].map((path) => view.lookup(path as never)?.hardlinkGroup);
    assert.ok(groups[0] !== undefined && groups[0] === groups[1]);
  });
});

test("names of one file in several sources of a COPY become files of their own", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ "d/a": "a" });
  linkSync(workshop.path("context/d/a"), workshop.path("context/b"));
  await workshop.build("FROM scratch\nCOPY d/a b /\n", toStore);
  await filesOf(workshop, name, (view) => {
    assert.deepEqual(
      ["a", "b"].map((path) => view.lookup(path as never)?.hardlinkGroup),
      [undefined, undefined],
    );
  });
});

test("COPY --from: an equal source stage keeps the copy, --exclude and --parents select", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ "s/a.txt": "a", "s/deep/b.txt": "b", "s/deep/c.md": "c", extra: "1" });
  const dockerfile = `FROM scratch AS one
COPY s /s
COPY extra /extra
FROM scratch
COPY --from=one --exclude=*.md /s /copied
COPY --from=one --parents /s/./deep/*.txt /parents/
`;
  await workshop.build(dockerfile, toStore);
  assert.deepEqual(await filesOf(workshop, name, listing), [
    "copied directory 755 0:0",
    "copied/a.txt file 644 0:0",
    "copied/deep directory 755 0:0",
    "copied/deep/b.txt file 644 0:0",
    "copied/deep/c.md file 644 0:0",
    "parents directory 755 0:0",
    "parents/deep directory 755 0:0",
    "parents/deep/b.txt file 644 0:0",
  ]);
  workshop.write({ extra: "2" });
  const { ran } = await workshop.build(dockerfile);
  assert.deepEqual(ran, ["[one 2/2] COPY extra /extra"]);
});

test("COPY --parents: a wildcard before the pivot names several directories, each copied by what follows", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ "a/b/c/d/e/one": "", "a/b2/c/d/e/two": "", "a/b3/other": "", "a/b/c/skipped": "" });
  await workshop.build("FROM scratch\nCOPY --parents a/b*/./c/**/e /out/\n", toStore);
  assert.deepEqual(await filesOf(workshop, name, listing), [
    "out directory 755 0:0",
    "out/c directory 755 0:0",
    "out/c/d directory 755 0:0",
    "out/c/d/e directory 755 0:0",
    "out/c/d/e/one file 644 0:0",
    "out/c/d/e/two file 644 0:0",
  ]);
  await workshop.build("FROM scratch\nCOPY --parents a/none*/./c /out/\nCOPY a/b3 /out/\n", toStore);
  const missing = workshop.build("FROM scratch\nCOPY --parents none/./c /out/\n");
  await assert.rejects(missing, /"\/none\/\.\/c": not found/);
});

test("a missing source is an error at its line", async () => {
  await using workshop = await makeWorkshop();
  const building = workshop.build("FROM scratch\n\nCOPY missing /\n");
  await assert.rejects(building, (error: Error & { code?: string; location?: { line: number } }) => {
    assert.equal(error.code, "SOURCE_MISSING");
    assert.match(error.message, /"\/missing": not found in the build context/);
    assert.equal(error.location?.line, 3);
    return true;
  });
});

test("an image without layers has a config and no times", async () => {
  await using workshop = await makeWorkshop();
  const { result } = await workshop.build('FROM scratch\nCMD ["/x"]\n', toStore);
  await workshop.withPorts(async ({ store }) => {
    const config = JSON.parse(store.blobs.read(result.imageId, 1 << 20).toString()) as {
      rootfs: object;
      history: object[];
    };
    assert.deepEqual(config.rootfs, { type: "layers", diff_ids: [] });
    assert.equal(config.history.length, 1);
  });
});

test("entering a namespace is asked for once, and not by a cached build", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ a: "a" });
  let entered = 0;
  const beforeWork = async (): Promise<void> => void entered++;
  const dockerfile = "FROM scratch\nCOPY a /a\nCOPY a /b\n";
  await workshop.build(dockerfile, { beforeWork });
  assert.equal(entered, 1);
  await workshop.build(dockerfile, { beforeWork });
  assert.equal(entered, 1);
});

test("a layer that cannot be had ends the making of the others, and nothing is made any more then", async () => {
  await using workshop = await makeWorkshop();
  const ended: string[] = [];
  await workshop.withPorts(async (ports) => {
    const blob = (name: string): Descriptor => {
      const bytes = Buffer.from(name);
      return { mediaType: mediaTypes.ociLayer, digest: digestOf(bytes), size: bytes.length };
    };
    const images: BuilderPorts["images"] = {
      ...ports.images,
      layers: async (_, { signal }) => {
        const fetch = async ({ digest }: Descriptor): Promise<void> => {
          if (digest === blob("gone").digest) throw new Error("no such blob");
          await once(signal, "abort");
          await new Promise((done) => setTimeout(done, 50));
          ended.push(digest);
          throw signal.reason;
        };
        return ["slow", "gone", "late"].reduce<Layer | undefined>(
          (below, name) => ports.layers.fromBlob(below, blob(name), blob(name).digest, fetch),
          undefined,
        );
      },
    };
    const building = workshop.build("FROM busybox\nCOPY --from=busybox /bin /\n", toStore, {
      ...ports,
      images,
    });
    await assert.rejects(building, /no such blob/);
    assert.deepEqual(ended.sort(), [blob("slow").digest, blob("late").digest].sort());
  });
});

test("a step that runs again and changes nothing new was made now, as its image says", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ a: "a" });
  const createdOf = async (options: Partial<BuildRequest>): Promise<string> => {
    const { result } = await workshop.build("FROM scratch\nCOPY a /\n", { ...toStore, ...options });
    return workshop.withPorts(async ({ store }) => {
      const { config } = parseImageConfig(store.blobs.read(result.imageId, maxConfigBytes), "the image");
      return config.history?.[0]?.created ?? "";
    });
  };
  const first = await createdOf({});
  await new Promise((done) => setTimeout(done, 5));
  assert.equal(await createdOf({}), first, "cached");
  const again = await createdOf({ noCache: true });
  assert.ok(again > first, again);
  assert.equal(await createdOf({}), again, "cached once more");
});

test("a base image that cannot be had ends the wait for the others", async () => {
  await using workshop = await makeWorkshop();
  const stopped: string[] = [];
  const images: BuilderPorts["images"] = {
    resolve: async (reference, _, { signal }) => {
      if (reference.includes("gone")) throw new Error("no such image");
      return new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => {
          stopped.push(reference);
          reject(signal.reason as Error);
        }),
      );
    },
    layers: async () => undefined,
  };
  const building = workshop.build("FROM slow AS a\nFROM gone\nCOPY --from=a /x /x\n", {}, { images });
  await assert.rejects(building, /no such image/);
  assert.deepEqual(stopped, ["docker.io/library/slow:latest"]);
});

test("a build that is cancelled before it begins throws the signal's reason", async () => {
  await using workshop = await makeWorkshop();
  const reason = new Error("stop");
  await assert.rejects(workshop.build("FROM scratch\n", { signal: AbortSignal.abort(reason) }), reason);
});

test("nothing temporary is left in the store", async () => {
  await using workshop = await makeWorkshop();
  workshop.write({ a: "a" });
  await workshop.build("FROM scratch\nCOPY a /\n", toStore);
  assert.deepEqual(readdirSync(workshop.path("store/tmp")), []);
  assert.ok(readFileSync(workshop.path("store/index.json"), "utf8").includes(name));
});

test("a COPY that is cancelled stops in the middle, with the signal's reason, and leaves a valid store", async () => {
  await using workshop = await makeWorkshop();
  for (let count = 0; count < 2000; count++) workshop.write({ [`d/${count}`]: `${count}` });
  const controller = new AbortController();
  const reason = new Error("stop");
  const building = workshop.withPorts((ports) => {
    const soon = beforeEachWrite(ports, () => setImmediate(() => controller.abort(reason)));
    return workshop.build("FROM scratch\nCOPY d /d\n", { signal: controller.signal }, { ...ports, ...soon });
  });
  await assert.rejects(building, reason);
  assert.deepEqual(readdirSync(workshop.path("store/tmp")), []);
  const { ran } = await workshop.build("FROM scratch\nCOPY d /d\n");
  assert.deepEqual(ran, ["[1/1] COPY d /d"]);
});
