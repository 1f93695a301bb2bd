/** One file of an initramfs. */
export interface CpioFile {
  readonly path: string;
  readonly mode: number;
  readonly content: Uint8Array;
}

const directoryMode = 0o040755;
/** c_ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check */
const fieldCount = 13;

/** A "newc" archive, the one form of cpio that the kernel unpacks (Documentation/driver-api/early-userspace/buffer-format.rst). */
export function cpioArchive(files: readonly CpioFile[]): Buffer {
  const directories = new Set(files.flatMap(({ path }) => ancestors(path)));
  const made = [...directories].map((path) => ({ path, mode: directoryMode, content: new Uint8Array(0) }));
  const members = [...made, ...files].map((each, index) => member(each, index + 1));
  return Buffer.concat([...members, member({ path: "TRAILER!!!", mode: 0, content: new Uint8Array(0) }, 0)]);
}

function ancestors(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}

function member({ path, mode, content }: CpioFile, inode: number): Buffer {
  const name = Buffer.from(`${path}\0`);
  const fields = new Array<number>(fieldCount).fill(0);
  [fields[0], fields[1], fields[4], fields[6], fields[11]] = [inode, mode, 1, content.length, name.length];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), name])), padded(content)]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
