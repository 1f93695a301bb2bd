import type { DifferentialCase } from "../case.ts";

const tree = `mkdir -p t/dir/sub; echo one > t/one; echo two > t/dir/two; ln t/one t/dir/hard; ln -s ../one t/dir/soft; chmod 750 t/dir; chmod 4755 t/dir/two
tar='tar --sort=name --mtime=2021-03-04T05:06:07Z --owner=7 --group=8'`;

/** ADD of archives and of what looks like one. */
export const addCases: readonly DifferentialCase[] = [
  {
    name: "add-unpacks-tar-of-every-compression",
    context: `${tree}
$tar -C t -cf plain.tar .; $tar -C t -czf gz.tar.gz .; $tar -C t -cjf bz.tar.bz2 .; $tar -C t -cJf xz.tar.xz .; cp gz.tar.gz no-extension; rm -r t`,
    dockerfile: `FROM busybox
ADD plain.tar /plain
ADD gz.tar.gz /gz/
ADD bz.tar.bz2 /bz/
ADD xz.tar.xz /xz/
ADD no-extension /none/
`,
  },
  {
    name: "add-copies-what-only-looks-like-an-archive",
    context:
      "echo 'no archive' > fake.tar.gz; echo text | gzip -n > text.gz; : > empty.tar; mkdir d; tar -cf d/inner.tar fake.tar.gz",
    dockerfile:
      "FROM busybox\nADD fake.tar.gz /x/\nADD text.gz /x/\nADD empty.tar /x/\nADD d /d/\nCOPY d/inner.tar /copied/\n",
  },
  {
    name: "add-archive-onto-what-is-there",
    context: `mkdir -p t/etc t/x; echo new > t/etc/passwd; echo f > t/x/f; chmod 700 t/x
tar --owner=7 --group=8 --mtime=2021-03-04T05:06:07Z -C t -cf a.tar .; rm -r t`,
    dockerfile:
      "FROM busybox\nRUN mkdir /x && chown 5:6 /x && echo old > /x/f && echo stays > /x/g\nADD a.tar /\n",
  },
  {
    name: "add-archive-without-entries-for-directories",
    context: `mkdir -p t/deep/er; echo f > t/deep/er/f
tar --owner=7 --group=8 --mtime=2021-03-04T05:06:07Z -C t -cf a.tar deep/er/f; rm -r t`,
    dockerfile: "FROM busybox\nADD a.tar /x/y/\nADD a.tar /etc/\n",
  },
  {
    name: "add-archive-through-links-of-the-image",
    context: `mkdir -p t/link t/dir; echo f > t/link/f; echo g > t/dir/g
tar --owner=0 --group=0 --mtime=2021-03-04T05:06:07Z -C t -cf below.tar link/f dir/g; rm -r t`,
    dockerfile:
      "FROM busybox\nRUN mkdir -p /x/real /real && ln -s real /x/link && ln -s /real /dest\nADD below.tar /x/\nADD below.tar /dest/\n",
  },
  {
    name: "add-archive-through-an-absolute-link-of-the-image",
    context: `mkdir -p t/link; echo f > t/link/f
tar --owner=0 --group=0 --mtime=2021-03-04T05:06:07Z -C t -cf below.tar link/f; rm -r t`,
    dockerfile: "FROM busybox\nRUN mkdir -p /x/real /real && ln -s /real /x/link\nADD below.tar /x/\n",
  },
  {
    name: "add-with-wildcards-unpacks-each",
    context: `echo a > a; echo b > b; for f in a b; do tar --owner=0 --group=0 --mtime=2021-03-04T05:06:07Z -cf $f.tar $f; done; rm a b; echo plain > c.tar`,
    dockerfile: "FROM busybox\nADD *.tar /x/\n",
  },
  {
    name: "add-archive-with-special-files-and-attributes",
    context: `mkdir t; mkfifo t/pipe; mknod t/null c 1 3; cp /bin/busybox t/tool; setcap cap_net_raw+ep t/tool; echo a > t/note; setfattr -n user.note -v hi t/note
tar --xattrs --xattrs-include='*' --owner=0 --group=0 --mtime=2021-03-04T05:06:07Z -C t -cf a.tar .; rm -r t`,
    dockerfile: "FROM busybox\nADD a.tar /x/\n",
  },
  {
    name: "add-archive-with-chown",
    context: `${tree}\n$tar -C t -cf a.tar .; rm -r t; echo f > f`,
    dockerfile: "FROM busybox\nADD --chown=1000:1001 a.tar /x/\nADD --chown=1000:1001 f /y/\n",
  },

  {
    name: "add-archive-changes-types",
    context: `mkdir -p t/to-dir t/link-to-dir; echo f > t/to-file; echo i > t/to-dir/in; ln -s elsewhere t/to-link; echo l > t/link-to-dir/in
tar --sort=name --owner=0 --group=0 --mtime=2021-03-04T05:06:07Z -C t -cf a.tar .; rm -r t`,
    dockerfile: `FROM busybox
RUN mkdir -p /x/to-file/deep /x/to-link /x/real && echo a > /x/to-file/deep/a && echo b > /x/to-dir && ln -s real /x/link-to-dir && echo r > /x/real/r
ADD a.tar /x/
`,
  },
  {
    name: "add-archive-of-every-format",
    context: `mkdir t; long=$(printf 'n%.0s' $(seq 150)); echo f > t/f; ln -s f t/l; mkdir t/d; echo g > t/d/g
for format in v7 ustar; do tar --format=$format --owner=7 --group=8 --mtime=2021-03-04T05:06:07Z -C t -cf $format.tar .; done
echo long > t/$long; ln -s $long$long t/longlink; truncate -s 1M t/sparse; echo end >> t/sparse
for format in gnu pax; do tar --format=$format --sparse --owner=3000000 --group=8 --mtime='2021-03-04T05:06:07.5Z' -C t -cf $format.tar .; done; rm -r t`,
    dockerfile:
      "FROM busybox\nADD v7.tar /v7/\nADD ustar.tar /ustar/\nADD gnu.tar /gnu/\nADD pax.tar /pax/\n",
  },
  {
    name: "add-archive-with-absolute-and-repeated-names",
    context: `mkdir -p t/abs; echo f > t/abs/f; cd t; tar --owner=0 --group=0 --mtime=2021-03-04T05:06:07Z -cf ../a.tar --transform='s,^,/,' -P abs
echo again > abs/f; tar --owner=0 --group=0 --mtime=2021-03-05T05:06:07Z -rf ../a.tar -P --transform='s,^,/,' abs/f; cd ..; rm -r t`,
    dockerfile: "FROM busybox\nADD a.tar /x/\n",
  },
  {
    name: "add-archive-that-climbs-out-is-refused",
    context: "echo f > f; tar --owner=0 --group=0 --transform='s,^,../../,' -P -cf a.tar f",
    dockerfile: "FROM busybox\nADD a.tar /x/\n",
  },
];
