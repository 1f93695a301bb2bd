import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeTestRoot, runScript, type TestRoot } from "../../test/container.ts";
import { createHelperRuntime } from "./helper.ts";

/** `count` layers above the busybox, each with a file of its own and its own version of a common one; topmost first. */
function addLayers(root: TestRoot, count: number, parent: string): string[] {
  const layers = Array.from({ length: count }, (_, index) => {
    const layer = join(root.directory, parent, `layer-${index}`);
    mkdirSync(layer, { recursive: true });
    writeFileSync(join(layer, `file-${index}`), "");
    writeFileSync(join(layer, "common"), `${index}\n`);
    return layer;
  });
  return [...layers.reverse(), root.layer];
}

/** Without TSBUILD_DISABLE a new kernel never shows the fallback for kernels before 6.7. */
const variants = ["", "lowerdir+", "fsopen,mount_setattr"];

for (const disabled of variants)
  describe(`an overlay root${disabled === "" ? "" : ` without ${disabled}`}`, () => {
    const runWith = async (count: number, parent: string, script: string): Promise<string> => {
      using root = makeTestRoot();
      const rootfs = { ...root.newOverlay(), lower: addLayers(root, count, parent) };
      process.env["TSBUILD_DISABLE"] = disabled;
      try {
        return (await runScript(script, { runtime: createHelperRuntime(), root, rootfs })).stdout;
      } finally {
        delete process.env["TSBUILD_DISABLE"];
      }
    };

    test("has up to 500 layers, the topmost first", async () => {
      assert.equal(await runWith(499, "layers", "cat /common; ls / | grep -c file-"), "498\n499\n");
    });

    test("takes layers with long paths and with characters that overlayfs treats as its own", async () => {
      const parent = join("a:b,c\\d e", "x".repeat(200), "y".repeat(200));
      assert.equal(await runWith(2, parent, "cat /common"), "1\n");
    });

    test("without a layer is the upper directory alone", async () => {
      using root = makeTestRoot();
      const rootfs = { ...root.newOverlay(), lower: [], upper: root.layer };
      const { stdout } = await runScript("echo alone", { runtime: createHelperRuntime(), root, rootfs });
      assert.equal(stdout, "alone\n");
    });
  });
