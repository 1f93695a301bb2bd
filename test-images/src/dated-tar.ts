import { blankMetadata, createTarWriter } from "@tsbuild/layers";
import { parseTreePath } from "@tsbuild/runner-native";

/** A tar of files, with the second since 1970 that each was changed in. */
export function datedTar(files: Readonly<Record<string, readonly [text: string, seconds: number]>>): Buffer {
  const chunks: Buffer[] = [];
  const writer = createTarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  for (const [path, [text, mtimeSeconds]] of Object.entries(files)) {
    const content = Buffer.from(text);
    const entry = { ...blankMetadata, type: "file", path: parseTreePath(path), xattrs: undefined } as const;
    writer.entry({ ...entry, mode: 0o644, size: content.length, mtimeSeconds }, content);
  }
  writer.finish();
  return Buffer.concat(chunks);
}
