import type { DifferentialCase } from "../case.ts";

/** Modes, special files, attributes and names. */
export const fileCases: readonly DifferentialCase[] = [
  {
    name: "files-keep-setuid-setgid-and-sticky",
    context:
      "echo a > s; chmod 4755 s; echo b > g; chmod 2711 g; mkdir t; chmod 1777 t; echo c > t/none; chmod 0 t/none",
    dockerfile: `FROM busybox
COPY s g /x/
COPY . /all/
COPY --chown=1000:1001 s g /owned/
RUN mkdir /r && cp /x/s /r/s && chmod 6755 /r/s && mkdir -m 3775 /r/d
FROM busybox
COPY --from=0 /r /r
COPY --from=0 /all/s /one
`,
  },
  {
    name: "files-fifo-of-a-stage-is-copied",
    dockerfile: `FROM busybox
RUN mkdir /s && mkfifo -m 640 /s/pipe && chown 5:6 /s/pipe && touch -d '2001-01-01 00:00:00' /s/pipe
FROM busybox
COPY --from=0 /s /s
`,
  },
  {
    name: "files-devices-of-a-stage-are-copied",
    dockerfile: `FROM busybox
RUN mkdir /s && mknod -m 600 /s/null c 1 3 && mknod -m 660 /s/disk b 7 300 && chown 5:6 /s/disk
FROM busybox
COPY --from=0 /s /s
`,
  },
  {
    name: "files-fifo-of-the-context-is-copied",
    context: "mkdir d; mkfifo d/pipe; echo a > d/a",
    dockerfile: "FROM busybox\nCOPY d /d\n",
  },
  {
    name: "files-keep-capabilities",
    context:
      "cp /bin/busybox tool; setcap cap_net_bind_service+ep tool; echo a > a; mkdir d; cp -p tool d/t; setcap cap_net_raw+ep d/t",
    dockerfile: `FROM busybox
COPY tool /tool
COPY d /d
COPY --chown=5:6 tool /owned
`,
  },
  {
    name: "files-keep-capabilities-from-stage-to-stage",
    context:
      "mkdir t; cp /bin/busybox t/tool; setcap cap_net_bind_service+ep t/tool; tar -cf t.tar --xattrs --xattrs-include='*' -C t tool; rm -r t",
    dockerfile:
      "FROM busybox\nADD t.tar /s/\nFROM busybox\nCOPY --from=0 /s /s\nRUN cp /s/tool /lost && mv /s/tool /moved\n",
  },
  {
    name: "files-of-the-context-lose-user-attributes",
    context:
      "echo a > a; setfattr -n user.note -v hello a; mkdir d; setfattr -n user.note -v dir d; echo b > d/b",
    dockerfile: "FROM busybox\nCOPY a /a\nCOPY d /d/\n",
  },
  {
    name: "files-with-long-names-and-long-links",
    context: `long=$(printf 'n%.0s' $(seq 200)); mkdir -p "$long/$long"; echo deep > "$long/$long/f"; echo long > "$long/file"
ln -s "$long/$long/f" link; ln "$long/file" "$long/hard"`,
    dockerfile:
      "FROM busybox\nCOPY . /x/\nRUN n=$(printf '%0250d' 7) && echo r > /x/$n && ln /x/$n /x/hard && ln -s $n$n /x/soft\n",
  },
  {
    name: "files-with-names-in-utf-8",
    context: "mkdir 'grün'; echo a > 'grün/naïve café'; echo b > '日本'; ln -s '日本' 'リンク'",
    dockerfile: "FROM busybox\nCOPY . /x/\nCOPY grün /grün/\nRUN echo c > '/x/ß'\n",
  },
  {
    name: "files-with-names-that-are-not-utf-8",
    dockerfile: `FROM busybox
RUN mkdir /x && cd /x && echo a > "$(printf 'latin\\351')" && ln -s "$(printf '\\377')" "$(printf 'l\\376')" && ln "$(printf 'latin\\351')" hard
RUN rm "/x/$(printf 'l\\376')"
`,
  },
  {
    name: "files-with-awkward-names",
    context:
      "mkdir d; for f in 'a b' \"q'q\" 'c,d' 'e=f' '#g' '-h' '*k' '~' 'back`tick' '$var'; do echo \"$f\" > \"d/$f\"; done; printf x > \"$(printf 'd/new\\nline')\"",
    dockerfile: "FROM busybox\nCOPY d /d\nCOPY d/* /e/\n",
  },
  {
    name: "files-with-backslashes-in-their-names",
    context: "mkdir d; echo a > 'd/i\\j'",
    dockerfile: "FROM busybox\nCOPY d /d\nCOPY d/* /e/\n",
  },
  {
    name: "files-empty-and-in-empty-directories",
    context: "mkdir -p empty/e1/e2; : > nothing; mkdir -m 700 private",
    dockerfile:
      "FROM busybox\nCOPY . /x/\nCOPY empty /y/\nCOPY nothing /z\nFROM scratch\nCOPY --from=0 /x/empty /\n",
  },

  {
    name: "files-socket-of-the-context",
    context: `mkdir d; echo a > d/a; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("d/socket")'`,
    dockerfile: "FROM busybox\nCOPY d /d\n",
  },
  {
    name: "files-many-and-deep",
    context: `deep=.; for i in $(seq 60); do deep=$deep/level-number-$i; done; mkdir -p $deep; echo deep > $deep/f; for i in $(seq 500); do echo $i > file-$i; done`,
    dockerfile: "FROM busybox\nCOPY . /x/\nRUN rm /x/file-1* && mkdir /y && mv /x/level-number-1 /y/\n",
  },
];
