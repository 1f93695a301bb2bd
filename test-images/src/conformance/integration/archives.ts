import { gzipSync } from "node:zlib";
import { createTarWriter } from "@tsbuild/layers";
import { type BaseFile, file, link } from "../../busybox-root.ts";

type Values = ReadonlyMap<string, string>;

/** The archives that a test's program makes, by the expression that names them; byte strings. */
export function archiveValues(test: string): Values {
  return new Map(Object.entries(archives[test]?.() ?? {}));
}

const content0 = (): BaseFile => file("foo", "content0", 0o644);

const archives: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
  testDockerfileAddArchive: () => ({
    "buf.Bytes()": tar(content0()),
    "buf2.Bytes()": gzip(tar(content0())),
  }),
  testDockerfileAddArchiveWithImpliedParentDir: () => ({
    "gzBuf.Bytes()": gzip(tar(file("etc/dnf/dnf.conf", "content0", 0o644))),
  }),
  testDockerfileAddArchiveThroughAbsoluteSymlink: () => ({
    "rootfs.Bytes()": tar(link("var/run", "/run")),
    "payload.Bytes()": tar(file("var/run/act/actions/broad/.git/HEAD", "ref: refs/heads/main\n", 0o644)),
  }),
  testDockerfileAddChownArchive: () => ({ "buf.Bytes()": tar(content0()) }),
  testDockerfileAddArchiveWildcard: () => ({
    "buf.Bytes()": tar(content0()),
    "buf2.Bytes()": tar(file("bar", "content1", 0o644)),
  }),
  testSymlinkDestination: () => ({ "buf.Bytes()": tar(link("symlink", "tmp/symlink-target")) }),
};

function tar(...files: readonly BaseFile[]): string {
  const chunks: Buffer[] = [];
  const writer = createTarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  for (const { entry, content } of files) writer.entry(entry, content);
  writer.finish();
  return Buffer.concat(chunks).toString("latin1");
}

function gzip(bytes: string): string {
  return gzipSync(Buffer.from(bytes, "latin1")).toString("latin1");
}
