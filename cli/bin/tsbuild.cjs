#!/usr/bin/env node
// Any Node parses this file; the bundle behind it needs Node 24.
"use strict";
var path = require("path");
var fs = require("fs");

var bundle = path.join(__dirname, "..", "dist", "main.cjs");
var major = parseInt(process.versions.node.split(".")[0], 10);

function fail(message) {
  process.stderr.write("tsbuild: " + message + "\n");
  process.exit(2);
}

/** The Node 24 that the workspace installs as an ordinary package, if it did. */
function packagedNode() {
  try {
    return path.join(
      path.dirname(require.resolve("node-linux-" + process.arch + "/package.json")),
      "bin",
      "node",
    );
  } catch {
    return undefined;
  }
}

if (!fs.existsSync(bundle)) fail("the command is not built yet; run: npm run prepare");
/**
 * V8 keeps what it compiled beside the bundle: a tenth of a cached build. Only whose files they are keeps them, so that root
 * leaves nothing in a user's clone.
 */
function keepCompiled() {
  var dist = path.dirname(bundle);
  if (fs.statSync(dist).uid === process.getuid())
    require("module").enableCompileCache(path.join(dist, "compiled"));
}

if (major >= 24) {
  keepCompiled();
  require(bundle);
} else {
  var node = packagedNode();
  if (!node)
    fail("needs Node 24 or newer, this is " + process.versions.node + "; install it, or run: npm ci");
  var child = require("child_process").spawn(node, [__filename].concat(process.argv.slice(2)), {
    stdio: "inherit",
  });
  ["SIGINT", "SIGTERM", "SIGHUP"].forEach(function (name) {
    process.on(name, function () {
      child.kill(name);
    });
  });
  child.on("exit", function (code, signal) {
    if (!signal) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
