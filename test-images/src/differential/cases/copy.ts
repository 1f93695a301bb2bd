import type { DifferentialCase } from "../case.ts";

/** Where COPY lands, and what of its sources it takes along. */
export const copyCases: readonly DifferentialCase[] = [
  {
    name: "copy-file-to-a-file-and-to-a-directory",
    context: "echo a > a; echo b > b; chmod 600 b",
    dockerfile: `FROM busybox
COPY a /abs
COPY a /etc
COPY a b /new/
COPY b /new/deep/name
COPY a .
COPY b relative
`,
  },
  {
    name: "copy-directory-copies-its-contents",
    context:
      "mkdir -p d/sub; echo 1 > d/one; echo 2 > d/sub/two; chmod 700 d; chmod 711 d/sub; chmod 755 d/one",
    dockerfile: `FROM busybox
COPY d /a
COPY d/ /b
COPY d/. /c
COPY d /home/
COPY d/sub d/one /e/
`,
  },
  {
    name: "copy-onto-existing-directories-merges-metadata",
    context: "mkdir -p d/sub/deep; echo 1 > d/sub/f; chmod 2750 d d/sub; chmod 1777 d/sub/deep",
    dockerfile: `FROM busybox
RUN mkdir -p /x/sub && chmod 700 /x && chmod 711 /x/sub && chown 1000:1001 /x /x/sub
COPY d /x
COPY d /x/
`,
  },
  {
    name: "copy-wildcards-flatten-the-directories-they-match",
    context:
      "mkdir -p s/dir1/dir2 s/dir3; for f in s/top s/.dot s/dir1/dir2/deep s/dir3/f; do echo $f > $f; done",
    dockerfile: `FROM busybox
COPY s/* /star/
COPY s/d* /dirs/
COPY s/dir?/* /question/
`,
  },
  {
    name: "copy-wildcard-classes-are-filepath-match",
    context: "for f in a b c '!' '^' '[x]' aa; do echo \"$f\" > \"$f\"; done",
    dockerfile: `FROM busybox
COPY [ab] /class/
COPY [^ab] /negated/
COPY [!a] /bang/
COPY a* c /several/
`,
  },
  {
    name: "copy-wildcard-characters-can-be-escaped",
    context: "echo x > '[x]'; echo s > 's*'; echo t > st",
    dockerfile: "FROM busybox\nCOPY \\\\[x] /x/\nCOPY s\\\\* /s/\n",
  },
  {
    name: "copy-wildcard-without-a-match-copies-nothing",
    context: "echo a > a",
    dockerfile: "FROM busybox\nCOPY nothing* a /x/\nCOPY nothing* /y/\n",
  },
  {
    name: "copy-implicit-parents-take-chown",
    context: "echo a > a; mkdir d; echo b > d/b",
    dockerfile: `FROM busybox
COPY --chown=1000:1001 a /p/q/a
COPY --chown=5:6 d /p/r/s
COPY a /p/t/u/a
`,
  },
  {
    name: "copy-chown-resolves-names-in-the-image",
    context: "echo a > a",
    dockerfile: `FROM busybox
RUN echo 'late:x:77:88::/:/bin/sh' >> /etc/passwd && echo 'crew:x:99:' >> /etc/group
COPY --chown=app a /user
COPY --chown=app:staff a /both
COPY --chown=late:crew a /late
COPY --chown=12 a /number
COPY --chown=12:staff a /mixed
COPY --chown=app:13 a /mixed2
`,
  },
  {
    name: "copy-chown-of-an-unknown-name-fails",
    context: "echo a > a",
    dockerfile: "FROM busybox\nCOPY --chown=root:phantom a /group\n",
  },
  {
    name: "copy-ignores-user-and-owners-of-the-context",
    context: "mkdir d; echo a > d/a; chown -R 1234:4321 d; chmod 640 d/a",
    dockerfile: `FROM busybox
USER app
COPY d /d
COPY d/a /home/app/new/a
ADD d/a /added
`,
  },
  {
    name: "copy-relative-and-empty-destinations-mean-the-workdir",
    context: "echo a > a; mkdir d; echo b > d/b",
    dockerfile: `FROM busybox
ARG nothing
WORKDIR /w/x
COPY a .
COPY a ./b
COPY d ../y/
COPY a $nothing
WORKDIR z
COPY d ./
COPY a ../../v/
`,
  },
  {
    name: "copy-in-json-form-has-words-with-blanks",
    context: "echo a > 'a b'; echo q > 'q\"q'; mkdir 'd d'; echo c > 'd d/c'",
    dockerfile: `FROM busybox
COPY ["a b", "/one two"]
COPY ["a b", "d d", "/x y/"]
COPY [ "a b" , "/e f/" ]
`,
  },
  {
    name: "copy-keeps-hard-links-within-one-instruction",
    context: "mkdir d d/sub; echo linked > d/one; ln d/one d/two; ln d/one d/sub/three; echo alone > d/four",
    dockerfile: `FROM busybox
COPY d /d
RUN mkdir /s && echo stage > /s/b && ln /s/b /s/a && ln /s/b /s/c
FROM busybox
COPY --from=0 /s /s
COPY --from=0 /s/a /s/b /t/
COPY --from=0 /s/* /u/
`,
  },
  {
    name: "copy-of-a-file-onto-a-directory-fails",
    context: "mkdir -p d/x; echo a > d/x/etc; mkdir e; echo b > e/etc",
    dockerfile: "FROM busybox\nCOPY e /\n",
  },
  {
    name: "copy-of-a-directory-onto-a-file-fails",
    context: "mkdir -p d/etc/passwd; echo a > d/etc/passwd/f",
    dockerfile: "FROM busybox\nCOPY d /\n",
  },
  {
    name: "copy-of-a-missing-source-fails",
    context: "echo a > a",
    dockerfile: "FROM busybox\nCOPY a missing /x/\n",
  },
  {
    name: "copy-words-are-split-at-blanks-whatever-the-quotes",
    context: "echo a > 'a b'; echo c > c",
    dockerfile: 'FROM busybox\nCOPY "a b" /x/\n',
  },
  {
    name: "copy-quotes-around-a-word-are-removed",
    context: "echo a > a; echo c > c",
    dockerfile: "FROM busybox\nCOPY \"a\" 'c' /x/\"y\"'z'/\n",
  },
  {
    name: "copy-chmod-octal",
    context: "mkdir -p d/sub; echo a > d/a; echo b > d/sub/b; chmod 755 d/a; echo f > f; ln -s f l",
    dockerfile: `FROM busybox
COPY --chmod=640 f /f
COPY --chmod=711 d /d
COPY --chmod=4755 f /new/parent/f
COPY --chmod=600 --chown=5:6 f /owned
`,
  },
  {
    name: "copy-replaces-files-of-lower-layers",
    context: "mkdir d; echo new > d/f; echo new > d/g; chmod 4755 d/g",
    dockerfile: `FROM busybox
RUN mkdir /x && echo old > /x/f && chmod 600 /x/f && chown 5:6 /x/f && echo old > /x/g && ln /x/f /x/h
COPY d /x
`,
  },

  {
    name: "copy-of-several-sources-wants-a-directory",
    context: "echo a > a; echo b > b",
    dockerfile: "FROM busybox\nCOPY a b /x\n",
  },
  {
    name: "copy-wildcard-with-several-matches-to-a-name",
    context: "echo 1 > a1; echo 2 > a2",
    dockerfile: "FROM busybox\nCOPY a* /x\n",
  },
  {
    name: "copy-of-the-context-and-of-the-root",
    context: "mkdir -p d/e; echo a > a; echo b > d/e/b; chmod 700 d",
    dockerfile: "FROM busybox\nCOPY . .\nCOPY / /x\nCOPY d/../d/./e/ /y\nCOPY ../../a /z\n",
  },

  {
    name: "copy-chown-and-chmod-reach-everything-but-links",
    context:
      "mkdir -p d/sub; echo a > d/a; chmod 4755 d/a; echo b > d/sub/b; ln -s a d/link; ln d/a d/hard; ln -s sub d/dirlink",
    dockerfile: "FROM busybox\nCOPY --chown=5:6 d /chown/\nCOPY --chmod=640 d /chmod/\n",
  },
];
