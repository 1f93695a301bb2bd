/** Pieces that inputs are made of: all instructions, forms and characters that mean something. */
export const fragments: readonly string[] = [
  ..."FROM RUN COPY ADD ENV ARG LABEL CMD ENTRYPOINT WORKDIR USER EXPOSE VOLUME SHELL HEALTHCHECK ONBUILD STOPSIGNAL MAINTAINER".split(
    " ",
  ),
  ..."scratch base AS a b /x ./ . .. * ? [ ] { } $A ${A ${A:-b} ${A##*/} ${A%%.*} ${A//x/y} ${A/ ${A:?no} $$ ' \" \\ ` = , : # | << <<EOF <<-'E' EOF E".split(
    " ",
  ),
  ..."--from=a --from=0 --link --parents --chown=1:2 --chmod=u+x --chmod=$A --exclude=*.x --checksum=sha256:0 --keep-git-dir --unpack=false --".split(
    " ",
  ),
  ..."--mount=type=cache,target=/x --mount=from=a --mount=type=secret,id=$A,env=A --mount=type=ssh --network=none --security=insecure --device=a --platform=linux/arm64 --platform=$A --interval=1s --retries=3".split(
    " ",
  ),
  ..."https://host/file git@host:x.git https://host/x.git?ref=a#b:c SOURCE_DATE_EPOCH=context TARGETARCH BUILDKIT_SYNTAX 1-65535/udp 80/TCP 99999 NONE -1 1e400 0x10 00".split(
    " ",
  ),
  '["a", "b"]',
  '["a", 1]',
  "[]",
  '{"syntax": "a"}',
  "# escape=`\n",
  "# check=skip=all;error=true\n",
  "# check=error=2\n",
  "# syntax=docker/dockerfile\n",
  "FROM scratch\n",
  "FROM base AS a\n",
  "A=1",
  "\n",
  "\r\n",
  "\r",
  "\t",
  " ",
  "\\\n",
  "`\n",
];

/** Characters that are easily taken for something else. */
export const strangeCharacters: readonly string[] = [
  ...Array.from(
    "\0\u0001\u0007\b\v\f\u001b\u007f\u0085\u00a0\u00ad\u0301\u1680\u200b\u200d\u202e\u2028\u2029\u3000\ufeff\uff04\ufffd\uffff",
  ),
  "\ud800",
  "\udc00",
  "ä",
  "ß",
  "İ",
  "\u{1f600}",
  "\u{e0041}",
];

/** Instructions that are right, to be mixed with pieces of others. */
export const lines: readonly string[] = [
  "FROM scratch",
  "FROM base AS a",
  "FROM a",
  "FROM --platform=$BUILDPLATFORM base AS b",
  "RUN echo $A",
  "RUN <<EOF\nx\nEOF",
  "RUN <<-'E' cat 3<<F\n\t#!/bin/sh\n\tE\nf\nF",
  "RUN --mount=type=cache,target=/x,id=$A x",
  "RUN --mount=type=bind,from=a,target=/x,rw --network=none x",
  'RUN --mount=type=secret,id=k,env=K --mount=type=tmpfs,target=t,size=1g ["x"]',
  "COPY --from=a /x $A/",
  "COPY <<EOF /y\n$A\nEOF",
  "COPY --link --chmod=u=rwX,go=rX --exclude=*.md a/./b c* /d",
  "ADD a* b /c/",
  "ADD --checksum=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 https://h/f.tar /",
  "ENV A=$A$A B=${A:-x}",
  "ENV A some words",
  "ARG A=${A}b C",
  "LABEL a=$A \"b c\"='d e'",
  "WORKDIR $A/b",
  "USER $A",
  "EXPOSE $A 80-90/udp",
  'VOLUME ["$A"]',
  'SHELL ["/bin/sh", "-c"]',
  "HEALTHCHECK --interval=1s CMD x",
  "ONBUILD COPY --from=a / /",
  "ONBUILD RUN <<E\nx\nE",
  "STOPSIGNAL 9",
  'ENTRYPOINT ["a"]',
  "CMD a $A",
  "MAINTAINER me",
];

/** Whole files of the kinds that people write. */
export const samples: readonly string[] = [
  `# syntax=docker/dockerfile:1
ARG GO=1.24
FROM --platform=$BUILDPLATFORM golang:\${GO}-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod \\
    --mount=type=cache,target=/root/.cache/go-build \\
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /out/app ./cmd/app

FROM scratch AS final
COPY --from=build /out/app /app
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/app"]
`,
  `FROM base AS deps
ENV PIP_NO_CACHE_DIR=1 \\
    # comment between
    PATH="/venv/bin:$PATH"
RUN <<EOF
set -e
apt-get update
apt-get install -y --no-install-recommends gcc
rm -rf /var/lib/apt/lists/*
EOF
COPY requirements.txt /tmp/
RUN pip install -r /tmp/requirements.txt

FROM deps
LABEL org.opencontainers.image.title="An app" \\
      org.opencontainers.image.version='1.0'
COPY --chown=1000:1000 --chmod=0755 src/ /app/
COPY <<"SCRIPT" <<-CONFIG /etc/
#!/bin/sh
exec "$@"
SCRIPT
	name = \${NAME:-none}
CONFIG
WORKDIR /app
HEALTHCHECK --interval=30s --timeout=3s --retries=5 CMD curl -f http://localhost/ || exit 1
VOLUME /data /cache
STOPSIGNAL SIGTERM
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
CMD python -m app
`,
  `# escape=\`
FROM base
ARG A=\${B:-c} B
ENV C=\${A%%.*} \`
    D=\${A/x/y}
RUN echo \`
  $A
ADD https://host/file.tar.gz /tmp/
ADD --keep-git-dir https://host/repo.git#main:sub /src
ONBUILD ADD . /app
ONBUILD RUN make \${X}
`,
];
