import { archiveValues } from "./archives.ts";
import { servedContexts, uploadOf } from "./remote-contexts.ts";
import {
  archiveMaxSeconds,
  epochSeconds,
  lastModified,
  lastModifiedSeconds,
  overrideSeconds,
} from "./test-times.ts";
import { type ServedFile, sha256, type WebServer } from "./web-server.ts";

type Values = ReadonlyMap<string, string>;

/** What the server of a test answers to its path, unless it is an archive of the test. */
const answers: Readonly<Record<string, Readonly<Record<string, ServedFile>>>> = {
  testDockerfileADDFromURL: {
    "/foo": { content: "content1" },
    "/": { content: "content2", headers: { "last-modified": lastModified } },
  },
  testAddURLChmod: { "/foo": { content: "foo" } },
  testAddChecksum: { "/foo": { content: "content1" } },
};

const answered = sha256("content1");

/** Expressions that mean the same in every test. */
const common: Readonly<Record<string, string>> = {
  registry: "localhost:5000",
  "runtime.GOOS": "linux",
  "tm.Unix()": String(epochSeconds),
  "defaultTM.Unix()": String(epochSeconds),
  "overrideTM.Unix()": String(overrideSeconds),
  "overrideTime.Unix()": String(overrideSeconds),
  "archiveMaxTime.Unix()": String(archiveMaxSeconds),
  "lastModified.Unix()": String(lastModifiedSeconds),
  "time.Date(2023, 1, 10, 15, 34, 56, 0, time.UTC).Unix()": "1673364896",
  'map[bool]string{true: "amd64", false: "arm64"}[runtime.GOARCH == "arm64"]':
    process.arch === "arm64" ? "amd64" : "arm64",
  text: "foo\n",
  "digest.FromBytes(resp.Content).String()": `sha256:${answered}`,
  "digest.FromBytes(resp.Content).Encoded()": answered,
  "digest.FromBytes(nil).String()": `sha256:${sha256("")}`,
  "digest.FromBytes(foo).String()": `sha256:${sha256("local file")}`,
};

/** The value of each expression of a test that has one on this machine; what its server answers is served from now on. */
export function valuesOf(test: string, server: WebServer): Values {
  const archives = archiveValues(test);
  const archive = archives.get("buf2.Bytes()");
  const files = new Map(Object.entries({ ...answers[test], ...servedContexts(test) }));
  if (test === "testDockerfileAddArchive" && archive !== undefined)
    files.set("/t.tar.gz", { content: archive });
  server.serve(files);
  const known = new Map([...Object.entries(common), ...archives]);
  if (files.size > 0) known.set("server.URL", server.address);
  if (uploadOf(test) !== undefined) known.set("up.Add(io.NopCloser(buf))", "-");
  return known;
}
