export type EntryType = "file" | "directory" | "symlink" | "hardlink" | "char" | "block" | "fifo";

export type Xattrs = ReadonlyMap<string, Buffer>;

/**
 * One entry of a layer tar. Strings are byte strings (latin1), names carry no leading "./" or trailing "/".
 * Times have whole seconds in a canonical tar; nanoseconds are kept when they came in a PAX record.
 */
export interface TarEntry {
  readonly path: string;
  readonly type: EntryType;
  /** 0 to 0o7777 */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content; 0 for all but files. */
  readonly size: number;
  readonly mtimeSeconds: number;
  readonly mtimeNanoseconds: number;
  /** Symlink: the target verbatim. Hard link: the tree path of the first name. */
  readonly linkTarget: string | undefined;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly xattrs: Xattrs | undefined;
}

/** Receives a tar as it is parsed; all synchronous. `data` is called only between `entry` of a file and the next call. */
export interface TarSink {
  /** `contentOffset` is where the content begins in the uncompressed tar. */
  entry(entry: TarEntry, contentOffset: number): void;
  data(chunk: Uint8Array): void;
  end(): void;
}
