import type { DifferentialCase } from "../case.ts";

/** What RUN leaves behind: additions, whiteouts, nothing. */
export const runCases: readonly DifferentialCase[] = [
  {
    name: "run-rm-makes-whiteouts",
    context: "mkdir -p d/sub/deep; echo a > d/a; echo b > d/sub/b; echo c > d/sub/deep/c",
    dockerfile: `FROM busybox
COPY d /d
RUN rm /d/a
RUN rm -r /d/sub
RUN rm /etc/group && rm -r /home
`,
  },
  {
    name: "run-remove-and-recreate-a-directory",
    context: "mkdir -p d/sub; echo a > d/a; echo b > d/sub/b",
    dockerfile: `FROM busybox
COPY d /d
RUN rm -r /d && mkdir /d && echo new > /d/new
RUN echo again > /d/a
RUN rm -r /d && mkdir -p /d/sub && chmod 700 /d
`,
  },
  {
    name: "run-rename-moves-files-and-directories",
    context: "mkdir -p d/sub; echo a > d/a; echo b > d/sub/b; echo c > d/c; ln d/c d/c2",
    dockerfile: `FROM busybox
COPY d /d
RUN mv /d/a /d/a2
RUN mv /d/sub /moved
RUN mv /moved /d/sub && mv /d/c /c
`,
  },
  {
    name: "run-changes-the-type-of-what-is-there",
    context: "mkdir -p d/dir; echo a > d/file; echo b > d/dir/b; ln -s file d/link; ln -s dir d/dlink",
    dockerfile: `FROM busybox
COPY d /d
RUN rm /d/file && mkdir /d/file && echo in > /d/file/in
RUN rm -r /d/dir && echo plain > /d/dir
RUN rm /d/link && mkdir /d/link && rm /d/dlink && echo f > /d/dlink
RUN rm -r /d/file && ln -s dir /d/file
`,
  },
  {
    name: "run-that-changes-nothing-has-an-empty-layer",
    dockerfile:
      "FROM busybox\nRUN true\nRUN touch /t && rm /t\nRUN cat /etc/passwd > /dev/null\nRUN chmod 755 /etc\n",
  },
  {
    name: "run-chmod-and-chown-copy-files-up",
    context: "mkdir d; echo a > d/a; echo b > d/b; ln -s a d/l; mkdir d/sub; echo c > d/sub/c",
    dockerfile: `FROM busybox
COPY d /d
RUN chmod 600 /d/a
RUN chown 5:6 /d/b && chown -h 7:8 /d/l
RUN chmod 711 /d/sub
RUN chown -R 1000:1001 /d
`,
  },
  {
    name: "run-touches-to-a-given-time",
    context: "echo a > a; echo b > b",
    dockerfile: `FROM busybox
COPY a b /x/
RUN touch -d '2001-02-03 04:05:06' /x/a && ln -s b /x/l && touch -h -d '2002-02-03 04:05:06' /x/l
RUN touch -d '2003-02-03 04:05:06' /x
RUN echo same > /x/c && touch -d '1980-01-01 00:00:00' /x/c
`,
  },
  {
    name: "run-hard-links-a-lower-file",
    context: "mkdir d; echo a > d/a; echo b > d/b; ln d/b d/b2",
    dockerfile:
      "FROM busybox\nCOPY d /d\nRUN ln /d/a /d/a2\nRUN ln /d/b /e\nRUN echo more >> /d/b\nRUN echo x > /new && ln /new /new2 && ln /new /d/new3\n",
  },
  {
    name: "run-finds-hosts-and-resolv-conf-and-leaves-none",
    base: "FROM busybox\nRUN mkdir /bare && cp -a /bin /bare/ && mkdir /bare/etc && cp /etc/passwd /bare/etc\nFROM scratch\nCOPY --from=0 /bare /\n",
    dockerfile: "FROM differential-base\nRUN test -e /etc/hosts && test -e /etc/resolv.conf\nRUN true\n",
  },
  {
    name: "run-makes-files-where-builders-mount",
    dockerfile: `FROM busybox
RUN echo kept > /etc/kept && echo tmp > /tmp/t && echo run > /run/r && echo var > /var/tmp/v
RUN mkdir -p /srv/proc && echo p > /srv/proc/p && rm /run/r
`,
  },
  {
    name: "run-removes-what-it-made-in-another-layer",
    dockerfile:
      "FROM busybox\nRUN mkdir -p /a/b/c && echo 1 > /a/b/c/f && echo 2 > /a/g\nRUN rm -r /a/b && mkdir /a/b\nRUN rm -rf /a\nRUN mkdir /a\n",
  },
  {
    name: "run-special-files-and-modes",
    dockerfile: `FROM busybox
RUN mkdir -m 1777 /t && mkfifo /t/p && ln -s /t /l && cp /bin/busybox /t/su && chmod 6711 /t/su && chown 9:10 /t/p
RUN chmod 4711 /t/su
RUN rm /t/p
`,
  },
  {
    name: "run-makes-and-replaces-devices",
    dockerfile:
      "FROM busybox\nRUN mknod /n c 1 5 && mknod -m 600 /b b 7 300\nRUN rm /n && mknod /n c 1 7\nRUN chown 5:6 /b\n",
  },
  {
    name: "run-whiteouts-stay-behind-when-a-stage-is-copied-from",
    context: "mkdir -p d/sub; echo a > d/a; echo b > d/sub/b; echo c > d/c",
    dockerfile: `FROM busybox
COPY d /d
RUN rm /d/a && rm -r /d/sub && mkdir /d/sub && echo new > /d/sub/new
FROM busybox
COPY --from=0 /d /d
`,
  },
  {
    name: "run-mounts-leave-nothing-behind",
    context: "mkdir d; echo f > d/f",
    dockerfile: `FROM busybox
RUN --mount=type=cache,target=/cache/deep echo a > /cache/deep/f
RUN --mount=type=bind,source=d,target=/mnt/d cat /mnt/d/f > /out
RUN --mount=type=tmpfs,target=/var/scratch echo b > /var/scratch/f
`,
  },
  {
    name: "run-has-nothing-to-read-and-no-terminal",
    dockerfile: "FROM busybox\nRUN cat > /stdin && test ! -t 0 && test ! -t 1\n",
  },
  {
    name: "run-in-json-form-that-is-none-is-a-shell-form",
    dockerfile:
      'FROM busybox\nRUN [\'echo\', \'a\'] || echo shell > /shell\nRUN [ "/bin/sh", "-c", "echo json > /json" ]\n',
  },

  {
    name: "run-bind-mounts-from-a-stage-and-writes-to-them-are-lost",
    context: "mkdir d; echo c > d/c",
    dockerfile: `FROM busybox AS one
RUN mkdir /s && echo a > /s/a
FROM busybox
RUN --mount=type=bind,from=one,source=/s,target=/etc cat /etc/a > /out
RUN --mount=type=bind,source=d,target=/srv,rw echo b > /srv/b && ls /srv > /listed
RUN --mount=type=bind,target=/tmp cat /tmp/d/c > /whole
`,
  },
  {
    name: "run-changes-directories-alone",
    dockerfile:
      "FROM busybox\nRUN mkdir -p /d/e/f && touch /d/e/g\nRUN chmod 700 /d/e\nRUN chown 5:6 /d\nRUN touch /d/e/g2 && rm /d/e/g2\nRUN chmod 1777 /\n",
  },
];
