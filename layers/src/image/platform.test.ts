import assert from "node:assert/strict";
import { test } from "node:test";
import type { Platform } from "../descriptor.ts";
import { formatPlatform, formatPlatformFully, normalizePlatform, parsePlatform } from "./platform.ts";
import { chooseManifest, isSamePlatform, platformRank } from "./platform-match.ts";

const host = { os: "linux", architecture: "x64" };

function platform(text: string): Platform {
  return parsePlatform(text, host);
}

for (const [text, want] of [
  ["linux/amd64", { os: "linux", architecture: "amd64" }],
  ["Linux/x86_64", { os: "linux", architecture: "amd64" }],
  ["linux/amd64/v1", { os: "linux", architecture: "amd64" }],
  ["linux/amd64/v3", { os: "linux", architecture: "amd64", variant: "v3" }],
  ["linux/arm64", { os: "linux", architecture: "arm64" }],
  ["linux/arm64/v8", { os: "linux", architecture: "arm64", variant: "v8" }],
  ["linux/arm64/9.0", { os: "linux", architecture: "arm64", variant: "v9" }],
  ["linux/arm", { os: "linux", architecture: "arm" }],
  ["linux/arm/7", { os: "linux", architecture: "arm", variant: "v7" }],
  ["armhf", { os: "linux", architecture: "arm" }],
  ["armel", { os: "linux", architecture: "arm", variant: "v6" }],
  ["Aarch64", { os: "linux", architecture: "arm64" }],
  ["i386", { os: "linux", architecture: "386" }],
  ["linux", { os: "linux", architecture: "amd64" }],
  ["macOS", { os: "darwin", architecture: "amd64" }],
  ["freebsd/riscv64", { os: "freebsd", architecture: "riscv64" }],
  [
    "windows(10.0.17763+win32k)/amd64",
    { os: "windows", architecture: "amd64", "os.version": "10.0.17763", "os.features": ["win32k"] },
  ],
  ["windows(1%2B2)", { os: "windows", architecture: "amd64", "os.version": "1+2" }],
] as const)
  test(`platform: ${text}`, () => {
    const parsed = platform(text);
    assert.deepEqual(parsed, want);
    assert.deepEqual(platform(formatPlatformFully(parsed)), want, "what is printed can be read");
  });

for (const text of [
  "",
  "/linux/arm",
  "linux/arm/",
  "linux /arm",
  "linux/&arm",
  "linux/arm/foo/bar",
  "*",
  "pdp11",
  "linux(",
  "linux(%zz)/arm",
])
  test(`platform: refused is ${JSON.stringify(text)}`, () =>
    assert.throws(() => platform(text), { code: "MANIFEST_INVALID" }));

test("platform: printed for people, and fully", () => {
  const windows = {
    os: "windows",
    architecture: "amd64",
    "os.version": "1.0(b)",
    "os.features": ["z", "a+"],
  };
  assert.equal(formatPlatform(windows), "windows/amd64");
  assert.equal(formatPlatformFully(windows), "windows(1.0%28b%29+a%2B+z)/amd64");
  assert.equal(formatPlatform({ os: "linux", architecture: "arm", variant: "v7" }), "linux/arm/v7");
});

test("platform: usual names", () =>
  assert.deepEqual(normalizePlatform({ os: "Linux", architecture: "armhf" }), {
    os: "linux",
    architecture: "arm",
    variant: "v7",
  }));

for (const [asked, yes, no] of [
  ["linux/amd64", ["linux/amd64", "linux/386"], ["linux/amd64/v2", "linux/arm64", "windows/amd64"]],
  ["linux/amd64/v2", ["linux/amd64", "linux/amd64/v2", "linux/386"], ["linux/amd64/v3"]],
  ["linux/386", ["linux/386"], ["linux/amd64"]],
  [
    "linux/arm/v7",
    ["linux/arm", "linux/arm/v5", "linux/arm/v7"],
    ["linux/arm/v4", "linux/arm/v8", "linux/arm64"],
  ],
  ["linux/arm/v6", ["linux/arm/v5", "linux/arm/v6"], ["linux/arm", "linux/arm/v7"]],
  [
    "linux/arm64",
    ["linux/arm64/v8", "linux/arm/v8", "linux/arm/v5"],
    ["linux/arm64/v9", "linux/arm64/v8.1", "linux/arm/v4"],
  ],
  [
    "linux/arm64/v9",
    ["linux/arm64", "linux/arm64/v8.5", "linux/arm64/v9.0"],
    ["linux/arm64/v8.6", "linux/arm64/v9.1"],
  ],
  ["linux/s390x", ["linux/s390x"], ["linux/ppc64le"]],
] as const)
  test(`platform: what runs on ${asked}`, () => {
    for (const candidate of yes)
      assert.notEqual(platformRank(platform(asked), platform(candidate)), undefined, candidate);
    for (const candidate of no)
      assert.equal(platformRank(platform(asked), platform(candidate)), undefined, candidate);
  });

test("platform: the same by another name", () => {
  assert.ok(isSamePlatform(platform("linux/arm64"), { os: "linux", architecture: "aarch64", variant: "v8" }));
  assert.ok(!isSamePlatform(platform("linux/amd64"), platform("linux/386")));
});

test("platform: the best of an index is taken, not the first", () => {
  const [first, ...rest] = ["linux/386", "linux/amd64", "linux/amd64/v2"].map((text) => ({
    mediaType: "a/b",
    digest: `sha256:${"0".repeat(64)}` as never,
    size: text.length,
    platform: platform(text),
  }));
  assert.ok(first);
  const unnamed = { mediaType: "a/b", digest: first.digest, size: 0 };
  assert.equal(
    chooseManifest([unnamed, first, ...rest], platform("linux/amd64"))?.size,
    "linux/amd64".length,
  );
  assert.equal(chooseManifest([first, ...rest], platform("linux/amd64/v3"))?.size, "linux/amd64/v2".length);
  assert.equal(chooseManifest([unnamed, first], platform("linux/arm64")), unnamed);
  assert.equal(chooseManifest([first], platform("linux/arm64")), undefined);
});
