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
];
