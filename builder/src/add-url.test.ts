import assert from "node:assert/strict";
import { once } from "node:events";
import { unlinkSync } from "node:fs";
import { test } from "node:test";
import { digestOf, readText } from "@tsbuild/layers";
import { makeWorkshop, type Workshop } from "../testing/workshop.ts";
import { build } from "./build.ts";
import type { BuilderPorts, Downloads } from "./ports.ts";

/** What a URL gives at the moment; `asked` are the validators it was asked with. */
interface Page {
  text: string;
  etag?: string;
  modified?: string;
  readonly asked: (string | undefined)[];
  readonly authorizations: (string | undefined)[];
}

function pageOf(text: string, etag?: string): Page {
  return { text, ...(etag !== undefined && { etag }), asked: [], authorizations: [] };
}

function downloadsOf(page: Page, { store, lease }: Pick<BuilderPorts, "store" | "lease">): Downloads {
  return {
    async fetch(_, { etag, authorization }) {
      page.asked.push(etag);
      page.authorizations.push(authorization);
      if (etag !== undefined && etag === page.etag) return { kind: "unchanged" };
      const blob = await store.blobs.put(Buffer.from(page.text), { mediaType: "text/plain" }, lease);
      return { kind: "fetched", blob, etag: page.etag, lastModified: page.modified };
    },
  };
}

interface Outcome {
  readonly text: string;
  readonly mode: number;
  readonly mtime: number;
  readonly ran: readonly string[];
}

/** Builds `ADD … /f` and looks at what became of it. */
async function add(workshop: Workshop, page: Page, line: string): Promise<Outcome> {
  const name = "docker.io/library/app:latest";
  return workshop.withPorts(async (ports) => {
    const run = build(
      {
        dockerfile: { name: "Dockerfile", text: `FROM scratch\n${line}\n` },
        context: { directory: workshop.path("context") },
        secrets: { HTTP_AUTH_TOKEN_h: () => Buffer.from("tok\n") },
        exports: [{ kind: "store", names: [name] }],
        signal: new AbortController().signal,
      },
      { ...ports, downloads: downloadsOf(page, ports) },
    );
    const ran: string[] = [];
    for await (const event of run) if (event.kind === "step-start") ran.push(event.step);
    await run.result;
    const signal = new AbortController().signal;
    const base = await ports.images.resolve(
      name,
      { os: "linux", architecture: "amd64" },
      { pull: "never", signal },
    );
    using view = await ports.layers.view(
      await ports.images.layers(base, { signal, onTransfer: () => undefined }),
    );
    const entry = view.lookup("f" as never);
    return {
      text: (await readText(view, "f" as never, 100)) ?? "",
      mode: entry?.mode ?? -1,
      mtime: entry?.mtimeSeconds ?? -1,
      ran,
    };
  });
}

test("ADD of a URL: mode 0600, the time of Last-Modified or 1970, never unpacked by itself", async () => {
  await using workshop = await makeWorkshop();
  const page = pageOf("hello");
  const { ran: _, ...plain } = await add(workshop, page, "ADD http://h/f /");
  assert.deepEqual(plain, { text: "hello", mode: 0o600, mtime: 0 });
  page.modified = "Sun, 06 Nov 1994 08:49:37 GMT";
  page.text = "changed";
  const { ran: __, ...dated } = await add(workshop, page, "ADD --chmod=755 http://h/f /");
  assert.deepEqual(dated, { text: "changed", mode: 0o755, mtime: 784111777 });
  assert.deepEqual(page.authorizations, ["Bearer tok", "Bearer tok"]);
});

test("what the server says is unchanged comes from the cache; what changed is added again", async () => {
  await using workshop = await makeWorkshop();
  const page = pageOf("one", '"1"');
  await add(workshop, page, "ADD http://h/f /");
  assert.deepEqual((await add(workshop, page, "ADD http://h/f /")).ran, []);
  page.text = "two";
  page.etag = '"2"';
  const third = await add(workshop, page, "ADD http://h/f /");
  assert.equal(third.text, "two");
  assert.notDeepEqual(third.ran, []);
  assert.deepEqual(page.asked, [undefined, '"1"', '"1"']);
});

test("the same bytes from another server are the same step", async () => {
  await using workshop = await makeWorkshop();
  await add(workshop, pageOf("one"), "ADD http://h/f /");
  assert.deepEqual((await add(workshop, pageOf("one"), "ADD http://mirror/f /")).ran, []);
});

test("--checksum: what it names is added, anything else is refused at its line", async () => {
  await using workshop = await makeWorkshop();
  await add(workshop, pageOf("one"), `ADD --checksum=${digestOf("one")} http://h/f /`);
  await assert.rejects(add(workshop, pageOf("two"), `ADD --checksum=${digestOf("one")} http://other/f /`), {
    code: "CHECKSUM_MISMATCH",
    message: `digest mismatch ${digestOf("two")}: ${digestOf("one")}`,
    location: { file: "Dockerfile", line: 2, column: 1, endLine: 2 },
  });
});

test("--checksum: what was downloaded before is not asked for again, whatever its server does now", async () => {
  await using workshop = await makeWorkshop();
  const page = pageOf("one");
  page.modified = "Sun, 06 Nov 1994 08:49:37 GMT";
  const line = `ADD --checksum=${digestOf("one")} http://h/f /`;
  await add(workshop, page, line);
  page.text = "two";
  assert.deepEqual((await add(workshop, page, line)).ran, []);
  // Another step of the same file has its bytes and its time.
  const { ran, ...other } = await add(workshop, page, line.replace("ADD", "ADD --chmod=644"));
  assert.deepEqual(other, { text: "one", mode: 0o644, mtime: 784111777 });
  assert.equal(page.asked.length, 1);
  assert.notDeepEqual(ran, []);
});

test("bytes that are gone are fetched again when only their digest is known", async () => {
  await using workshop = await makeWorkshop();
  const page = pageOf("one", '"1"');
  await add(workshop, page, "ADD http://h/f /");
  await workshop.withPorts(async ({ store }) => {
    unlinkSync(store.blobs.pathOf(digestOf("one")) as string);
  });
  const again = await workshop.withPorts((ports) =>
    workshop.build(
      "FROM scratch\nADD http://h/f /",
      { noCache: true },
      { downloads: downloadsOf(page, ports) },
    ),
  );
  assert.ok(again.ran.length > 0);
  assert.deepEqual(page.asked, [undefined, '"1"', undefined]);
});

test("a build that is cancelled while it downloads ends with the signal's reason", async () => {
  await using workshop = await makeWorkshop();
  const stop = new AbortController();
  const fetch: Downloads["fetch"] = async (_, { signal }) => {
    stop.abort(new Error("enough"));
    if (!signal.aborted) await once(signal, "abort");
    throw signal.reason;
  };
  await assert.rejects(
    workshop.build("FROM scratch\nADD http://h/f /", { signal: stop.signal }, { downloads: { fetch } }),
    /enough/,
  );
});
