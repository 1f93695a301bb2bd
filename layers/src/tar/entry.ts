/** POSIX pax "typeflag", without what no layer may have. */
export type EntryType = "file" | "directory" | "symlink" | "hardlink" | "char" | "block" | "fifo";

/** Values by full name (`security.capability`), exact bytes. */
export type Xattrs = ReadonlyMap<string, Buffer>;

/** What an entry of a tar and a name in a tree both say. */
export interface EntryMetadata {
  /** 0 to 0o7777 */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content; 0 for all but files. */
  readonly size: number;
  /** Since 1970. */
  readonly mtimeSeconds: number;
  readonly mtimeNanoseconds: number;
  /** Symlink: the target verbatim. Hard link in a tar: the tree path of the first name. */
  readonly linkTarget: string | undefined;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

/** Root's, empty, of 1970: what an entry starts from that sets only some of it. */
export const blankMetadata: EntryMetadata = {
  mode: 0,
  uid: 0,
  gid: 0,
  size: 0,
  mtimeSeconds: 0,
  mtimeNanoseconds: 0,
  linkTarget: undefined,
  deviceMajor: 0,
  deviceMinor: 0,
};

/**
 * One entry of a layer tar. Strings are byte strings (latin1), names carry no leading "./" or trailing "/".
 * Times have whole seconds in a canonical tar; nanoseconds are kept when they came in a PAX record.
 */
export interface TarEntry extends EntryMetadata {
  readonly path: string;
  readonly type: EntryType;
  readonly xattrs: Xattrs | undefined;
}

/** Receives a tar as it is parsed; all synchronous. `data` is called only between `entry` of a file and the next call. */
export interface TarSink {
  /** `contentOffset` is where the content begins in the uncompressed tar. */
  entry(entry: TarEntry, contentOffset: number): void;
  data(chunk: Uint8Array): void;
  end(): void;
}
