import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { describe, test } from "node:test";
import { containerSpec } from "../container-spec.ts";
import { encodeContainer } from "./encode.ts";
import { defaultHelperPath } from "./helper-binary.ts";
import { createReportReader, type HelperReport } from "./reports.ts";
import { createSpecWriter, op } from "./spec-writer.ts";

/** What the helper says to a spec, and how it ends. */
async function answerTo(spec: Buffer): Promise<{ reports: HelperReport[]; code: number | null }> {
  const child = spawn(defaultHelperPath(), [], { stdio: ["ignore", "ignore", "ignore", "pipe"], env: {} });
  const reports: HelperReport[] = [];
  const control = child.stdio[3] as Duplex;
  control.on(
    "data",
    createReportReader((report) => reports.push(report)),
  );
  control.on("error", () => control.destroy());
  control.end(spec);
  const [code] = (await once(child, "close")) as [number | null];
  return { reports, code };
}

/** One record of `size` announced bytes. */
function record(number: number, size: number, payload: string): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt32LE(8 + payload.length, 0);
  header.writeUInt32LE(number, 4);
  header.writeUInt32LE(size, 8);
  return Buffer.concat([header, Buffer.from(payload, "latin1")]);
}

function specWith(...records: readonly (readonly [number, object])[]): Buffer {
  const writer = createSpecWriter();
  for (const [number, fields] of records) writer.add(number, fields);
  return writer.finish();
}

const command = [
  [op.arguments, { strings: ["true"] }],
  [op.environment, { strings: [] }],
  [op.directory, { strings: ["/"] }],
  [op.rootDirectory, { strings: ["/nonexistent"] }],
] as const;

describe("a spec that the helper cannot take is refused before anything is done", () => {
  const rows: readonly (readonly [string, Buffer, RegExp])[] = [
    ["nothing in it", specWith(), /namespace/],
    ["an unknown record", record(999, 0, ""), /unknown record/],
    ["a record longer than the spec", record(op.hostname, 100, "x\0"), /cut short/],
    ["a string without an end", record(op.hostname, 1, "x"), /no end/],
    ["a number cut in two", record(op.namespaces, 2, "xx"), /cut short/],
    ["bytes after a record's fields", record(op.hostname, 4, "x\0yz"), /longer than its content/],
    ["no namespaces: the mounts would be the host's", specWith(...command), /no mount or pid namespace/],
    ["a length of 4 GiB", Buffer.from([255, 255, 255, 255]), /too long/],
  ];
  for (const [name, spec, reason] of rows)
    test(name, async () => {
      const { reports, code } = await answerTo(spec);
      assert.equal(code, 125);
      assert.equal(reports.length, 1);
      assert.ok(reports[0]?.kind === "error" && reports[0].stage === "spec", JSON.stringify(reports));
      assert.match(reports[0].path, reason);
    });

  test("every way of cutting a real spec short ends the helper at once", async () => {
    const container = containerSpec({
      argv: ["true"],
      env: ["A=b"],
      cwd: "/",
      user: { uid: 0, gid: 0 },
      network: "host",
    });
    const whole = encodeContainer(container, {
      rootfs: { kind: "directory", path: "/nonexistent" },
      overlayOptions: "",
    });
    for (let length = 0; length < whole.length; length += 37) {
      const { code } = await answerTo(whole.subarray(0, length));
      assert.equal(code, 125, `cut at ${length}`);
    }
  });
});
