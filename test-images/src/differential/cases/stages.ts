import type { DifferentialCase } from "../case.ts";

/** Stages, ONBUILD, .dockerignore. */
export const stageCases: readonly DifferentialCase[] = [
  {
    name: "stage-target-stops-there",
    dockerfile: `FROM busybox AS one
RUN echo one > /one
ENV stage=one
FROM one AS two
RUN echo two > /two
ENV stage=two
FROM two
RUN exit 9
`,
    target: "two",
  },
  {
    name: "stage-names-ignore-case",
    dockerfile:
      "FROM busybox AS One\nRUN echo one > /one\nFROM busybox AS two\nCOPY --from=ONE /one /one\nFROM busybox\nRUN exit 9\n",
    target: "TWO",
  },
  {
    name: "stage-named-by-a-variable-in-from-is-refused",
    dockerfile: "FROM busybox AS one\nFROM busybox\nARG from=one\nCOPY --from=$from /etc/passwd /p\n",
  },
  {
    name: "stage-that-copies-from-itself-is-refused",
    dockerfile: "FROM busybox AS one\nCOPY --from=one /etc/passwd /p\n",
  },
  {
    name: "stage-that-nobody-needs-is-not-built",
    dockerfile: `FROM busybox AS good
RUN echo good > /good
FROM localhost:1/missing AS missing
FROM busybox AS bad
RUN exit 1
FROM good
COPY --from=0 /good /copied
COPY --from=good /good /again
`,
  },
  {
    name: "stage-from-scratch-with-copies",
    context: "echo a > a",
    dockerfile: `FROM busybox AS build
RUN mkdir -p /out/bin && cp /bin/busybox /out/bin/sh && echo conf > /out/conf
FROM scratch
COPY --from=build /out /
COPY a /a
ENV PATH=/bin
RUN ["/bin/sh", "sh", "-c", "echo ran > /ran"]
CMD ["/bin/sh"]
`,
  },
  {
    name: "stage-keeps-owners-when-copied-from",
    dockerfile: `FROM busybox
RUN mkdir -p /s/sub && echo a > /s/a && echo b > /s/sub/b && chown -R 5:6 /s && chown 7:8 /s/sub/b && chmod 700 /s/sub
FROM busybox
COPY --from=0 /s /keep
COPY --from=0 --chown=app:staff /s /changed
COPY --from=0 /s/sub/b /one/
USER app
COPY --from=0 /s/a /two/
`,
  },
  {
    name: "onbuild-triggers-run-in-the-child-and-are-cleared",
    context: "echo a > a",
    base: 'FROM busybox\nENV who=base\nONBUILD ARG extra=none\nONBUILD COPY a /from-child\nONBUILD RUN echo "$who $extra" > /said\nONBUILD ENV who=child\nONBUILD WORKDIR /on\n',
    dockerfile: "FROM differential-base AS child\nRUN echo $who > /after\nFROM child\nRUN true\n",
    buildArgs: { extra: "given" },
  },
  {
    name: "base-config-is-inherited",
    base: `FROM busybox
LABEL from=base both=base
ENV A=base B=base
EXPOSE 80
VOLUME /vol
USER app
WORKDIR /home/app
STOPSIGNAL SIGUSR1
HEALTHCHECK CMD true
SHELL ["/bin/sh", "-xc"]
ENTRYPOINT ["/e"]
CMD ["c"]
`,
    dockerfile: "FROM differential-base\nLABEL both=child\nENV B=child C=child\nEXPOSE 81\nRUN id -u > id\n",
  },
  {
    name: "dockerignore-with-exceptions",
    context: `mkdir -p logs/keep src/node_modules/x src/.git docs; for f in a.log logs/b.log logs/keep/c.log logs/important.log src/main.c src/node_modules/x/i src/.git/HEAD docs/a.md docs/README.md .hidden temp1 temp2 '#hash'; do echo $f > $f; done
printf '%s\\n' '# comment' '*.log' 'logs' '!logs/important.log' '**/node_modules' '**/.git' '/docs/*.md' '!docs/README.md' 'temp?' '' '  .hidden  ' '\\#hash' > .dockerignore`,
    dockerfile: "FROM busybox\nCOPY . /x/\nCOPY src /y/\n",
  },
  {
    name: "dockerignore-last-match-wins",
    context: `mkdir -p a/b/c d/e; for f in a/1 a/b/2 a/b/c/3 d/4 d/e/5 top; do echo $f > $f; done
printf '%s\\n' '*' '!a' 'a/b' '!a/b/c/3' '!d/e' './top' '!top' > .dockerignore`,
    dockerfile: "FROM busybox\nCOPY . /x/\n",
  },
  {
    name: "dockerignore-hides-a-named-source",
    context: "echo s > secret; echo p > public; echo secret > .dockerignore",
    dockerfile: "FROM busybox\nCOPY public /x/\nCOPY secret /x/\n",
  },
  {
    name: "history-tells-every-instruction",
    context: "echo a > a",
    dockerfile: `FROM busybox
ARG x=1
ENV a="b c" d=e
RUN true
RUN ["/bin/true", "x y"]
RUN echo "quoted  blanks" && \\
    true
COPY --chown=1:2 a /a
ADD a /b
COPY ["a", "/c"]
WORKDIR /w
WORKDIR /w
LABEL l="m n"
EXPOSE 1
CMD ["x"]
ENTRYPOINT ["y"]
`,
  },

  {
    name: "stage-copies-from-an-image-that-is-no-stage",
    dockerfile: "FROM scratch\nCOPY --from=busybox /etc/passwd /etc/group /x/\n",
  },
  {
    name: "stage-is-copied-from-its-root",
    dockerfile:
      "FROM busybox AS one\nRUN rm -r /bin /sbin /usr && echo a > /a\nFROM scratch\nCOPY --from=one / /all/\n",
  },

  {
    name: "stage-names-that-repeat",
    dockerfile:
      "FROM busybox AS x\nRUN echo 1 > /1\nFROM busybox AS x\nRUN echo 2 > /2\nFROM x\nRUN ls / > /list\n",
  },
  {
    name: "stage-of-a-number-that-there-is-not",
    dockerfile: "FROM busybox\nCOPY --from=5 /etc/passwd /p\n",
  },
  {
    name: "stage-from-in-quotes",
    dockerfile: 'ARG b="busybox"\nFROM "$b" AS q\nRUN true\n',
  },
];
