import type { DifferentialCase } from "../case.ts";

/** ENV and ARG, and where they are expanded. */
export const variableCases: readonly DifferentialCase[] = [
  {
    name: "env-of-one-instruction-sees-the-old-values",
    dockerfile:
      "FROM busybox\nENV abc=hello\nENV abc=bye def=$abc\nENV ghi=$abc\nENV legacy one  two $abc\nENV $abc=key\n",
  },
  {
    name: "env-modifiers-and-quotes",
    dockerfile: `FROM busybox
ENV set=value empty=
ENV a=\${set:-x} b=\${empty:-x} c=\${unset:-x} d=\${set:+x} e=\${empty:+x} f=\${unset-y} g=\${empty-y} h=\${empty+y}
ENV i="\\$set" j='$set' k=\\$set l="a b" m=a\\ b n="\${unset:-"q r"}" o=$set$empty.$unset p=\${set}
RUN env | grep -v -e HOSTNAME -e SHLVL | sort > /env
`,
  },
  {
    name: "arg-scopes-and-defaults",
    dockerfile: `ARG base=busybox
ARG shared=global
ARG over=global
FROM $base
ARG shared
ARG over=local
ARG undeclared
ARG given=default
ARG quoted="a b"
RUN echo "$base,$shared,$over,$undeclared,$given,$quoted" > /args
ENV kept=$shared$given
ARG kept=arg
RUN echo $kept > /kept
`,
    buildArgs: { given: "from outside" },
  },
  {
    name: "arg-and-env-of-one-name",
    dockerfile: `FROM busybox
ARG a=1
ENV a=2
RUN echo $a > /1
FROM busybox
ENV a=env
RUN echo $a > /2
ARG b=$a-arg
ENV c=\${b}c
RUN echo $b $c > /3
`,
    buildArgs: { a: "outside" },
  },
  {
    name: "arg-of-proxies-stays-out-of-the-history",
    dockerfile:
      "FROM busybox\nRUN echo $HTTP_PROXY $http_proxy > /proxy\nARG declared=no\nRUN echo $declared > /declared\n",
    buildArgs: { HTTP_PROXY: "http://proxy.invalid:1", declared: "yes" },
  },
  {
    name: "expansion-where-it-applies",
    context: "echo a > a; mkdir d; echo b > d/b",
    dockerfile: `FROM busybox
ARG src=a
ARG dst=/dest
ARG who=1000
ENV name=value
COPY --chown=$who:$who $src $dst/$name
ADD d/$unset\${b:-b} "$dst/b"
COPY ["\${src}", "/json $name"]
WORKDIR $dst/\${name}s
USER $who
LABEL l=$name "$name"=k
EXPOSE $who
VOLUME $dst
STOPSIGNAL $name
CMD echo $name
ENTRYPOINT ["$name"]
`,
  },
  {
    name: "escape-directive-and-continuations",
    context: "echo a > a",
    dockerfile: `# escape=\`
FROM busybox
RUN echo one && \`
    # a comment
    echo two \`

    > /out
ENV p=c:\\dir q=\`
r
COPY a \`
 /b
`,
  },

  {
    name: "dockerfile-with-mark-crlf-tabs-and-lower-case",
    context: "echo a > a",
    dockerfile:
      "\uFEFF# a comment\r\n\r\nfrom busybox\r\n\tcopy a /a\r\nrun echo one \\\r\n  two > /out\r\n\r\nenv A=b\r\n  label   x=y\r\n",
  },
  {
    name: "continuations-comments-and-blank-lines",
    dockerfile:
      "FROM busybox\nRUN echo a \\   \n  b \\\n# comment\n\n  # indented comment\n  c > /out && \\\n\n  echo '# no comment' >> /out\nENV a=b \\\n  c=d \\\n  # comment\n  e=f\nR\\\nUN echo split > /split\n",
  },
  {
    name: "shell-text-of-run-is-left-to-the-shell",
    dockerfile: `FROM busybox
ENV v=value
RUN x=1; echo "$x \${v} \\$v '$v'" '$v' "a  b" \\"q\\" $((1+2)) \`echo back\` > /out; for i in 1 2; do echo $i; done >> /out
`,
  },

  {
    name: "arg-in-several-words",
    dockerfile: "FROM busybox\nARG a=1 b c=$a-3\nRUN echo $a $b $c > /out\n",
  },
];
