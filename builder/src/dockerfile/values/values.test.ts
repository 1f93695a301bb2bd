import assert from "node:assert/strict";
import { test } from "node:test";
import { baseName, cleanPath, joinWorkdir } from "./clean-path.ts";
import { parseCsvRecord } from "./csv.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import { parsePorts } from "./expose.ts";
import { parseGitReference, parseGitSource } from "./git-source.ts";
import { parseImageName } from "./image-name.ts";
import { readJsonForm } from "./json-form.ts";
import { quote, quoteCharacter } from "../expand/quote.ts";
import { isSignal } from "./signals.ts";
import { parseSize } from "./size.ts";
import { nearest } from "../suggest.ts";
import { splitAtBlanks, splitFlags, splitQuoted } from "../scan/words.ts";

function token(text: string): { readonly text: string; readonly start: number; readonly end: number } {
  return { text, start: 0, end: text.length };
}

for (const [text, nanoseconds, shown] of [
  ["0", 0n, "0s"],
  ["1h30m", 5_400_000_000_000n, "1h30m0s"],
  ["1.5s", 1_500_000_000n, "1.5s"],
  [".5ms", 500_000n, "500µs"],
  ["-2m", -120_000_000_000n, "-2m0s"],
  ["100ns", 100n, "100ns"],
] as const)
  test(`the duration ${text} is ${shown}`, () => {
    assert.equal(parseDuration(text), nanoseconds);
    assert.equal(formatDuration(nanoseconds), shown);
  });

for (const text of ["", "5", "s", "1d", "1h 2m", "9999999999999h", "1.2.3s"])
  test(`${JSON.stringify(text)} is no duration`, () => assert.equal(parseDuration(text), undefined));

for (const [text, bytes] of [
  ["100", 100],
  ["1k", 1024],
  ["1.5 MiB", 1.5 * 1024 * 1024],
  ["2GB", 2 * 1024 ** 3],
  ["1e3", 1000],
  ["10b", 10],
  ["1x", undefined],
  ["", undefined],
  ["-1", undefined],
  ["1mbb", undefined],
] as const)
  test(`the size ${JSON.stringify(text)}`, () => assert.equal(parseSize(text), bytes));

for (const [text, ports, hasHost] of [
  ["80", ["80/tcp"], false],
  ["80-82/UDP", ["80/udp", "81/udp", "82/udp"], false],
  ["127.0.0.1:8080:80", ["80/tcp"], true],
  ["[::1]:80:80/sctp", ["80/sctp"], true],
  ["8000-8001:80-81", ["80/tcp", "81/tcp"], true],
] as const)
  test(`EXPOSE ${text}`, () => {
    const read = parsePorts(text);
    assert.deepEqual([read.ports, read.hasHost], [ports, hasHost]);
  });

for (const text of ["", "x", "70000", "2-1", "80/foo", "300.1.1.1:1:1", "1-3:1-2", "80:"])
  test(`EXPOSE ${JSON.stringify(text)} is refused`, () => assert.throws(() => parsePorts(text)));

for (const [text, full, familiar] of [
  ["busybox", "docker.io/library/busybox:latest", "busybox"],
  ["a/b:1", "docker.io/a/b:1", "a/b:1"],
  ["localhost/x", "localhost/x:latest", "localhost/x"],
  ["host:5000/x/y:t", "host:5000/x/y:t", "host:5000/x/y:t"],
  ["index.docker.io/x", "docker.io/library/x:latest", "x"],
  ["[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x"],
  [
    `x@sha256:${"a".repeat(64)}`,
    `docker.io/library/x@sha256:${"a".repeat(64)}`,
    `x@sha256:${"a".repeat(64)}`,
  ],
] as const)
  test(`the image ${text.slice(0, 30)}`, () => {
    assert.deepEqual([parseImageName(text).full, parseImageName(text).familiar], [full, familiar]);
  });

for (const [text, sentence] of [
  ["", "invalid reference format"],
  ["Foo", "invalid reference format: repository name (library/Foo) must be lowercase"],
  ["host:1/Foo:t", "invalid reference format: repository name (Foo) must be lowercase"],
  ["a:", "invalid reference format"],
  ["a@", "invalid reference format"],
  ["a//b", "invalid reference format"],
  ["a b", "invalid reference format"],
  ["-a", "invalid reference format"],
  ["a".repeat(2000), "repository name must not be more than 255 characters"],
  [`a@sha256:${"a".repeat(32)}`, "invalid checksum digest length"],
  [`a@sha256:${"A".repeat(64)}`, "invalid checksum digest format"],
  [`a@sha512:${"a".repeat(128)}`, "unsupported digest algorithm"],
  ["f".repeat(64), `invalid repository name (${"f".repeat(64)}), cannot specify 64-byte hexadecimal strings`],
] as const)
  test(`${JSON.stringify(text.slice(0, 20))} is no image name: ${sentence.slice(0, 40)}`, () =>
    assert.throws(() => parseImageName(text), { message: sentence }));

for (const [text, remote, ref, subdir] of [
  ["https://h/r.git", "https://h/r.git", undefined, undefined],
  ["https://h/r.git#v1:sub/dir", "https://h/r.git", "v1", "sub/dir"],
  ["git@h:a/r.git#:sub", "git@h:a/r.git", undefined, "sub"],
  ["git://h/r", "git://h/r", undefined, undefined],
  ["https://h/r.git?tag=v1", "https://h/r.git", "refs/tags/v1", undefined],
] as const)
  test(`the repository ${text}`, () => {
    const git = parseGitReference(text);
    assert.deepEqual([git?.remote, git?.ref, git?.subdir], [remote, ref, subdir]);
  });

test("a URL that does not end in .git is no repository, and github.com/… could be a directory", () => {
  assert.equal(parseGitReference("https://h/r"), undefined);
  assert.equal(parseGitReference("github.com/a/b")?.mayBeLocal, true);
  assert.equal(parseGitSource("github.com/a/b"), undefined);
});

for (const text of [
  "https://h/r.git?ref=a#b",
  "https://h/r.git?tag=a&branch=b",
  "https://h/r.git?x=1",
  "https://h/r.git?mtime=x",
  "https://h/r.git?ref=&submodules",
  "https://h/r.git?commit",
])
  test(`${text} is refused`, () => assert.throws(() => parseGitReference(text)));

test("paths are cleaned as in BuildKit", () => {
  assert.deepEqual(["", "/", "a//b/./c/..", "/../a", "../a", "a/../.."].map(cleanPath), [
    ".",
    "/",
    "a/b",
    "/a",
    "../a",
    "..",
  ]);
  assert.deepEqual(["/a/b/", "/", "", "a"].map(baseName), ["b", "/", ".", "a"]);
  assert.deepEqual(
    [joinWorkdir("/a", "../b"), joinWorkdir("", "x"), joinWorkdir("/a", "/b")],
    ["/b", "/x", "/b"],
  );
});

test("words are split with and without regard to quotes", () => {
  const texts = (words: readonly { readonly text: string }[]): readonly string[] =>
    words.map(({ text }) => text);
  assert.deepEqual(texts(splitAtBlanks(token('"a b"  c'))), ['"a', 'b"', "c"]);
  assert.deepEqual(texts(splitQuoted(token("\"a b\"  c\\ d 'e f'"), "\\")), ['"a b"', "c\\ d", "'e f'"]);
  const { flags, rest } = splitFlags(token('--a="x y" --b -- --c'), "\\");
  assert.deepEqual([texts(flags), rest.text], [["--a=x y", "--b"], " --c"]);
});

test("a record of comma-separated values", () => {
  assert.deepEqual(parseCsvRecord('a,"b,""c""",'), ["a", 'b,"c"', ""]);
  for (const text of ["", 'a"b', '"a', '"a"b']) assert.throws(() => parseCsvRecord(text));
});

test("a JSON form holds strings, or it is none", () => {
  assert.deepEqual(readJsonForm(' ["a", "\\u0062"] '), { kind: "strings", strings: ["a", "b"] });
  assert.equal(readJsonForm('["a", 1]').kind, "not-strings");
  for (const text of ["['a']", '["a",]', '["a"] x', "a", "[1e999]"])
    assert.equal(readJsonForm(text).kind, "text");
});

test("texts are quoted as Go quotes them", () => {
  assert.equal(quote('a"\\\n\u0001é\u200b'), '"a\\"\\\\\\n\\x01é\\u200b"');
  assert.deepEqual(
    [quoteCharacter(3), quoteCharacter(65), quoteCharacter(-1)],
    ["'\\x03'", "'A'", "'\ufffd'"],
  );
});

test("signals are Linux names or numbers", () => {
  for (const text of ["SIGTERM", "term", "9", "RTMIN+3", "SIGRTMAX-1"])
    assert.equal(isSignal(text), true, text);
  for (const text of ["", "0", "FOO", "RTMIN+99", "SIG"]) assert.equal(isSignal(text), false, text);
});

test("the nearest option is suggested, when it is near", () => {
  assert.equal(nearest("form", ["chown", "from"]), "from");
  assert.equal(nearest("RUM", ["run"], { ignoreCase: true }), "run");
  assert.equal(nearest("xyzzy", ["chown", "from"]), undefined);
  assert.equal(nearest("from", ["from"]), undefined);
});
