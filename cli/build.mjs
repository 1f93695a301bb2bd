// Bundles the command into three files: dist/main.cjs (CommonJS, starts in tens of milliseconds), dist/screen.mjs
// (ink and react use top-level await and cannot be CommonJS; imported when a live screen is first needed), and
// dist/write-thread.cjs (the thread that writes large blobs).
import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

/** The live screen stays a file of its own, loaded by import(). */
const screenApart = {
  name: "screen-apart",
  setup({ onResolve }) {
    onResolve({ filter: /\/tty\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./screen.mjs", external: true } : undefined,
    );
  },
};

/** ink asks for the devtools only when DEV is set; a bundle without splitting would load them always. */
const withoutDevtools = {
  name: "without-devtools",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^react-devtools-core$/ }, () => ({
      path: "react-devtools-core",
      namespace: "left-out",
    }));
    onLoad({ filter: /.*/, namespace: "left-out" }, () => ({ contents: "export default {};" }));
  },
};

const common = {
  bundle: true,
  platform: "node",
  target: "node24",
  external: ["koffi"],
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  logLevel: "warning",
};

mkdirSync(dist, { recursive: true });
// What V8 compiled of earlier bundles (bin/tsbuild.cjs) is of no use any more.
rmSync(join(dist, "compiled"), { recursive: true, force: true });
await build({
  ...common,
  entryPoints: [join(here, "src", "entry.ts")],
  outfile: join(dist, "main.cjs"),
  format: "cjs",
  minifySyntax: true,
  // CommonJS has no import.meta; the directory of the bundle stands for that of each source.
  define: { ...common.define, "import.meta.url": "bundleUrl", "import.meta.dirname": "__dirname" },
  banner: { js: 'const bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
  plugins: [screenApart],
});
await build({
  ...common,
  entryPoints: [join(here, "src", "screens", "tty.ts")],
  outfile: join(dist, "screen.mjs"),
  format: "esm",
  plugins: [withoutDevtools],
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
});
await build({
  ...common,
  entryPoints: [join(here, "..", "layers", "src", "store", "write-thread.ts")],
  outfile: join(dist, "write-thread.cjs"),
  format: "cjs",
  minifySyntax: true,
});

const helper = join(here, "..", "runner-native", "dist", "tsbuild-helper");
if (existsSync(helper)) copyFileSync(helper, join(dist, "tsbuild-helper"));
