import { gzipSync } from "node:zlib";
import { datedTar } from "../../dated-tar.ts";
import { archiveMaxSeconds, lastModified } from "./test-times.ts";
import type { ServedFile } from "./web-server.ts";

/** What a test's program sends as its context. */
export function uploadOf(test: string): Buffer | undefined {
  return uploads[test]?.();
}

/** What it serves as a context, an archive, or a Dockerfile. */
export function servedContexts(test: string): Readonly<Record<string, ServedFile>> {
  return served[test]?.() ?? {};
}

const any = 1_000_000_000;

const uploads: Readonly<Record<string, () => Buffer>> = {
  testTarContext: () => datedTar({ Dockerfile: ["FROM scratch\nCOPY foo /\n", any], foo: ["contents", any] }),
  testTarContextExternalDockerfile: () => datedTar({ "sub/dir/foo": ["contents", any] }),
};

const plain = "FROM scratch\nCOPY Dockerfile /\n";
const tellsEpoch = 'FROM busybox\nARG SOURCE_DATE_EPOCH\nRUN echo -n "$SOURCE_DATE_EPOCH" >/epoch\n';

/** Its files are older than its directory, which does not count. */
const sources = (dockerfile: string): string =>
  datedTar({ Dockerfile: [dockerfile, archiveMaxSeconds], older: ["", any] }).toString("latin1");

const dated = (content: string): ServedFile => ({ content, headers: { "last-modified": lastModified } });

const served: Readonly<Record<string, () => Readonly<Record<string, ServedFile>>>> = {
  testTarContextExternalDockerfile: () => ({ "/dockerfile": { content: "FROM scratch\nCOPY foo bar\n" } }),
  testDockerfileFromHTTP: () => {
    const archive = datedTar({
      mydockerfile: ["FROM scratch\nCOPY foo bar\n", any],
      foo: ["foo-contents", any],
    });
    return { "/myurl": { content: gzipSync(archive).toString("latin1") } };
  },
  testHTTPDockerfile: () => ({
    "/df": {
      content: 'FROM busybox\nRUN echo -n "foo-contents" > /foo\nFROM scratch\nCOPY --from=0 /foo /foo\n',
    },
  }),
  testSourceDateEpochContextHTTPLastModified: () => ({ "/context.tar": dated(sources(plain)) }),
  testSourceDateEpochContextHTTPArchive: () => ({ "/context.tar": { content: sources(tellsEpoch) } }),
  testSourceDateEpochStageHTTPArchive: () => ({ "/src.tar": { content: sources(plain) } }),
  testSourceDateEpochStageOverride: () => ({ "/src.tar": dated(sources(plain)) }),
  testSourceDateEpochNamedContextHTTPLastModified: () => ({ "/src.tar": dated(sources(plain)) }),
  testSourceDateEpochNamedContextHTTPArchive: () => ({ "/src.tar": { content: sources(plain) } }),
};
