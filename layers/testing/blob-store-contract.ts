import assert from "node:assert/strict";
import { test } from "node:test";
import { type Digest, digestOf } from "../src/digest.ts";
import type { BlobStore, Lease } from "../src/store/blob-store.ts";

/** One store to hold against the contract, with a way to damage it. */
export interface BlobStoreUnderTest extends AsyncDisposable {
  readonly blobs: BlobStore;
  lease(): Promise<Lease>;
  /** Puts other bytes in the place of a blob. */
  damage(this: void, digest: Digest, bytes: Uint8Array): void;
  /** Files that are neither blobs nor kept for a resume: must be none once nothing is being written. */
  leftovers(): readonly string[];
}

const mediaType = "application/octet-stream";

/** What every BlobStore promises. */
export function blobStoreContract(name: string, make: () => Promise<BlobStoreUnderTest>): void {
  const check = (what: string, body: (store: BlobStoreUnderTest, lease: Lease) => Promise<void>): void => {
    void test(`${name}: ${what}`, async () => {
      await using store = await make();
      await using lease = await store.lease();
      await body(store, lease);
      assert.deepEqual(store.leftovers(), []);
    });
  };

  check("what was put can be read", async ({ blobs }, lease) => {
    const bytes = Buffer.from("hello");
    const put = await blobs.put(bytes, { mediaType }, lease);
    assert.deepEqual(put, { mediaType, digest: digestOf(bytes), size: 5 });
    assert.deepEqual(blobs.read(put.digest, 5), bytes);
  });

  check("an empty blob is a blob", async ({ blobs }, lease) => {
    const { digest, size } = await blobs.put(new Uint8Array(), { mediaType }, lease);
    assert.equal(size, 0);
    assert.equal(blobs.read(digest, 0).length, 0);
    assert.deepEqual(await collect(blobs.stream(digest)), Buffer.alloc(0));
    assert.equal(blobs.sizeOf(digest), 0);
  });

  check("a stream is put chunk by chunk", async ({ blobs }, lease) => {
    const { digest } = await blobs.put(chunks("ab", "", "cd"), { mediaType, size: 4, maxBytes: 4 }, lease);
    assert.equal(digest, digestOf("abcd"));
  });

  check("putting the same bytes again changes nothing", async ({ blobs }, lease) => {
    const first = await blobs.put(Buffer.from("same"), { mediaType }, lease);
    const second = await blobs.put(chunks("sa", "me"), { mediaType }, lease);
    assert.deepEqual(second, first);
    assert.equal([...blobs.list()].length, 1);
  });

  check("a blob that is not there is missing", async ({ blobs }) => {
    const digest = digestOf("nowhere");
    assert.equal(blobs.sizeOf(digest), undefined);
    assert.equal(blobs.pathOf(digest), undefined);
    assert.throws(() => blobs.read(digest, 100), { code: "BLOB_MISSING" });
    await assert.rejects(collect(blobs.stream(digest)), { code: "BLOB_MISSING" });
  });

  check("other bytes than expected are refused", async ({ blobs }, lease) => {
    const expect = { mediaType, digest: digestOf("right") };
    await assert.rejects(blobs.put(Buffer.from("wrong"), expect, lease), { code: "BLOB_CORRUPT" });
    assert.deepEqual([...blobs.list()], []);
  });

  check("too few bytes are refused", async ({ blobs }, lease) => {
    await assert.rejects(blobs.put(chunks("abc"), { mediaType, size: 4 }, lease), { code: "BLOB_CORRUPT" });
    assert.deepEqual([...blobs.list()], []);
  });

  check("a source that gives too much is stopped at once", async ({ blobs }, lease) => {
    for (const [expect, code] of [
      [{ mediaType, size: 4 }, "BLOB_CORRUPT"],
      [{ mediaType, maxBytes: 4 }, "BLOB_TOO_LARGE"],
    ] as const) {
      let asked = 0;
      const endless = async function* (): AsyncGenerator<Uint8Array> {
        for (; asked < 100; asked++) yield Buffer.from("xyz");
      };
      await assert.rejects(blobs.put(endless(), expect, lease), { code });
      assert.equal(asked, 1);
    }
    assert.deepEqual([...blobs.list()], []);
  });

  check("a source that fails leaves nothing", async ({ blobs }, lease) => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("part");
      throw new Error("connection lost");
    };
    await assert.rejects(blobs.put(broken(), { mediaType }, lease), /connection lost/);
    assert.deepEqual([...blobs.list()], []);
  });

  check("a read is bounded", async ({ blobs }, lease) => {
    const { digest } = await blobs.put(Buffer.from("12345"), { mediaType }, lease);
    assert.throws(() => blobs.read(digest, 4), { code: "BLOB_TOO_LARGE" });
  });

  for (const [kind, expectedBytes] of [
    ["a writer", 0],
    ["a writer of a large blob", 1 << 30],
  ] as const) {
    check(`${kind} publishes at its commit only`, async ({ blobs }, lease) => {
      using writer = blobs.writer(lease, { expectedBytes });
      writer.write(Buffer.from("one "));
      writer.write(Buffer.from("two"));
      assert.equal(writer.size, 7);
      await writer.end();
      assert.equal(blobs.sizeOf(digestOf("one two")), undefined);
      assert.equal(writer.commit({ mediaType }).digest, digestOf("one two"));
      assert.equal(blobs.sizeOf(digestOf("one two")), 7);
    });

    check(`${kind} takes chunks of any size, gathered in its room or elsewhere`, async ({ blobs }, lease) => {
      using writer = blobs.writer(lease, { expectedBytes });
      const wanted: Buffer[] = [];
      for (const [index, size] of [1, 5_000_000, 70_001, 1 << 20, 3].entries()) {
        const room = index % 2 === 0 ? writer.room?.() : undefined;
        const chunk = room?.subarray(0, size) ?? Buffer.alloc(size);
        chunk.fill(`${index} text `);
        wanted.push(Buffer.from(chunk));
        writer.write(chunk);
      }
      const bytes = Buffer.concat(wanted);
      assert.equal(writer.size, bytes.length);
      const { digest } = writer.commit({ mediaType, size: bytes.length });
      assert.equal(digest, digestOf(bytes));
      assert.deepEqual(blobs.read(digest, bytes.length), bytes);
    });

    check(`${kind} that is disposed leaves nothing`, async ({ blobs }, lease) => {
      {
        using writer = blobs.writer(lease, { expectedBytes });
        writer.write(Buffer.from("gone"));
      }
      assert.deepEqual([...blobs.list()], []);
    });

    check(`${kind} checks what it was told`, async ({ blobs }, lease) => {
      for (const [expect, code] of [
        [{ mediaType, size: 3 }, "BLOB_CORRUPT"],
        [{ mediaType, digest: digestOf("other") }, "BLOB_CORRUPT"],
        [{ mediaType, maxBytes: 3 }, "BLOB_TOO_LARGE"],
      ] as const) {
        using writer = blobs.writer(lease, { expectedBytes });
        writer.write(Buffer.from("four"));
        assert.throws(() => writer.commit(expect), { code });
      }
      assert.deepEqual([...blobs.list()], []);
    });
  }

  for (const [what, bytes] of [
    ["a flipped bit", "eello"],
    ["missing bytes", "hel"],
    ["no bytes at all", ""],
    ["bytes too many", "hello!"],
  ] as const)
    check(`${what} is found, and the blob is gone afterwards`, async ({ blobs, damage }, lease) => {
      const { digest } = await blobs.put(Buffer.from("hello"), { mediaType }, lease);
      damage(digest, Buffer.from(bytes));
      assert.throws(() => blobs.read(digest, 100), { code: "BLOB_CORRUPT" });
      assert.equal(blobs.sizeOf(digest), undefined);
      await blobs.put(Buffer.from("hello"), { mediaType }, lease);
      damage(digest, Buffer.from(bytes));
      await assert.rejects(collect(blobs.stream(digest)), { code: "BLOB_CORRUPT" });
      await blobs.put(Buffer.from("hello"), { mediaType }, lease);
      assert.equal(blobs.read(digest, 100).toString(), "hello");
    });

  check("two swapped blobs are both found", async ({ blobs, damage }, lease) => {
    const [one, two] = [
      await blobs.put(Buffer.from("1111"), { mediaType }, lease),
      await blobs.put(Buffer.from("2222"), { mediaType }, lease),
    ];
    damage(one.digest, Buffer.from("2222"));
    damage(two.digest, Buffer.from("1111"));
    for (const { digest } of [one, two])
      assert.throws(() => blobs.read(digest, 100), { code: "BLOB_CORRUPT" });
  });

  check("a put mends a damaged blob of the same size", async ({ blobs, damage }, lease) => {
    const { digest } = await blobs.put(Buffer.from("hello"), { mediaType }, lease);
    damage(digest, Buffer.from("jello"));
    await blobs.put(Buffer.from("hello"), { mediaType }, lease);
    assert.equal(blobs.read(digest, 100).toString(), "hello");
  });

  check("the end of a damaged stream never comes", async ({ blobs, damage }, lease) => {
    const big = Buffer.alloc(3 << 20, 7);
    const { digest } = await blobs.put(big, { mediaType }, lease);
    const wrong = Buffer.from(big);
    wrong[0] = 8;
    damage(digest, wrong);
    let received = 0;
    await assert.rejects(
      async () => {
        for await (const chunk of blobs.stream(digest)) received += chunk.length;
      },
      { code: "BLOB_CORRUPT" },
    );
    assert.ok(received < big.length);
  });

  check("the list names every blob once", async ({ blobs }, lease) => {
    const names = ["a", "bb", "ccc"];
    for (const text of names) await blobs.put(Buffer.from(text), { mediaType }, lease);
    const listed = [...blobs.list()].sort((a, b) => a.size - b.size);
    assert.deepEqual(
      listed,
      names.map((text) => ({ digest: digestOf(text), size: text.length })),
    );
  });

  check("many puts at once do not disturb each other", async ({ blobs }, lease) => {
    const texts = Array.from({ length: 20 }, (_, index) => `blob ${index % 5}`);
    const puts = await Promise.all(texts.map((text) => blobs.put(chunks(text), { mediaType }, lease)));
    puts.forEach(({ digest }, index) => assert.equal(digest, digestOf(texts[index] as string)));
    assert.equal([...blobs.list()].length, 5);
  });

  check("an interrupted download goes on where it stopped", async ({ blobs }, lease) => {
    const digest = digestOf("first second");
    {
      using first = blobs.resume(digest, lease);
      first?.write(Buffer.from("first "));
    }
    assert.equal(blobs.sizeOf(digest), undefined);
    using second = blobs.resume(digest, lease);
    assert.equal(second?.size, 6);
    assert.equal(blobs.resume(digest, lease), undefined, "one at a time");
    second?.write(Buffer.from("second"));
    second?.commit({ mediaType, digest, size: 12 });
    assert.equal(blobs.read(digest, 12).toString(), "first second");
  });

  check("a resumed download with wrong bytes starts anew", async ({ blobs }, lease) => {
    const digest = digestOf("right");
    {
      using wrong = blobs.resume(digest, lease);
      wrong?.write(Buffer.from("wrong"));
      assert.throws(() => wrong?.commit({ mediaType, digest }), { code: "BLOB_CORRUPT" });
    }
    using again = blobs.resume(digest, lease);
    assert.equal(again?.size, 0);
    again?.write(Buffer.from("right"));
    again?.commit({ mediaType, digest });
    assert.equal(blobs.sizeOf(digest), 5);
  });
}

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
