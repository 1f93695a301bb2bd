import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readTar } from "./tars.ts";

/** What all readers can be asked for. Names are cleaned as ours are; `refused` stands for any error. */
export interface Listed {
  readonly path: string;
  readonly type: string;
  readonly size: number;
  readonly link: string;
  readonly sha256: string;
}

export type Listing = readonly Listed[] | "refused";

export function ownListing(tar: Buffer): readonly Listed[] {
  return readTar(tar).map(({ entry, content }) => ({
    path: entry.path,
    type: entry.type,
    size: entry.size,
    link: entry.linkTarget ?? "",
    sha256: entry.type === "file" ? createHash("sha256").update(content).digest("hex") : "",
  }));
}

/** Reads archives, each with its length before it, and prints a line of JSON for each. */
const pythonReader = `
import sys, tarfile, io, json, struct, hashlib
types = {b"0": "file", b"\\0": "file", b"1": "hardlink", b"2": "symlink", b"3": "char", b"4": "block", b"5": "directory", b"6": "fifo"}
raw = lambda text: text.encode("utf-8", "surrogateescape").decode("latin1")
def listing(data):
    found = []
    archive = tarfile.open(fileobj=io.BytesIO(data), mode="r:", encoding="utf-8", errors="surrogateescape")
    for it in archive:
        content = archive.extractfile(it).read() if it.isreg() else b""
        found.append({"path": raw(it.name), "type": types.get(it.type, "?"), "size": it.size if it.isreg() else 0,
            "link": raw(it.linkname) if it.type in (b"1", b"2") else "",
            "sha256": hashlib.sha256(content).hexdigest() if it.isreg() else ""})
    # A bad header behind the first ends the list without an error.
    if data[archive.offset:archive.offset + 512].strip(b"\\0"): raise ValueError("bad header")
    return found
while True:
    head = sys.stdin.buffer.read(4)
    if len(head) < 4: break
    data = sys.stdin.buffer.read(struct.unpack("<I", head)[0])
    try: print(json.dumps(listing(data)))
    except Exception as error: print(json.dumps("refused"))
`;

/** Python's tarfile on many archives at once. */
export function pythonListings(tars: readonly Buffer[]): Listing[] {
  const input = Buffer.concat(
    tars.flatMap((tar) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(tar.length);
      return [length, tar];
    }),
  );
  const output = execFileSync("python3", ["-c", pythonReader], {
    input,
    maxBuffer: 2 ** 28,
    encoding: "utf8",
  });
  return output
    .trim()
    .split("\n")
    .map((line) => cleanedListing(JSON.parse(line) as Listing));
}

/** libarchive's reading: what bsdtar makes of each archive when it copies it, listed by Python. */
export function bsdtarListings(tars: readonly Buffer[]): Listing[] {
  const copies = tars.map(bsdtarCopy);
  const listings = pythonListings(copies.filter((copy) => copy !== undefined));
  return copies.map((copy) => (copy ? (listings.shift() as Listing) : "refused"));
}

function bsdtarCopy(tar: Buffer): Buffer | undefined {
  const result = spawnSync("bsdtar", ["-cf", "-", "--format=pax", "@-"], {
    input: tar,
    maxBuffer: 2 ** 26,
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });
  return result.status === 0 ? result.stdout : undefined;
}

function cleanedListing(listing: Listing): Listing {
  if (listing === "refused") return listing;
  return listing.map((it) => ({
    ...it,
    path: cleaned(it.path),
    link: it.type === "hardlink" ? cleaned(it.link) : it.link,
  }));
}

function cleaned(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}
