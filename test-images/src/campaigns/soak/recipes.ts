import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** One kind of build; what it gives depends on `VARIANT` alone. */
export interface Recipe {
  readonly name: string;
  readonly dockerfile: string;
  /** More words for the command line; a path of its own for whatever the build exports besides. */
  readonly options: (output: string) => readonly string[];
}

const none = (): readonly string[] => [];

const stages = [0, 1, 2]
  .map(
    (at) => `FROM busybox AS part${at}
ARG VARIANT
RUN mkdir /out && for i in $(seq 40); do echo "${at} $i $VARIANT" > /out/$i; done && ln /out/1 /out/link && sleep 0.05
`,
  )
  .join("");

/** Between them: RUN, COPY, ADD, parallel stages, mounts, deletions, big files, compressed exports. */
export const recipes: readonly Recipe[] = [
  {
    name: "run",
    dockerfile: `FROM busybox
ARG VARIANT
RUN mkdir -p /a/b && for i in $(seq 60); do echo $i $VARIANT > /a/b/$i; done && chown -R 1:2 /a/b && ln -s b /a/c
RUN rm -rf /a/b/1* && ln /a/b/2 /a/two && mkfifo /a/fifo && chmod 4711 /a/b/3 && mv /etc/group /etc/groups
RUN yes "$VARIANT" | head -c 3000000 > /big && rm -r /a/b && mkdir /a/b && echo again > /a/b/2
`,
    options: none,
  },
  {
    name: "copy",
    dockerfile: `FROM busybox
ARG VARIANT
WORKDIR /srv/$VARIANT
COPY --chown=1:1 many ./many
COPY large /large
ADD archive.tar.gz /unpacked/
COPY <<there /etc/variant
$VARIANT
there
RUN cat /etc/variant /large > /srv/all && find /unpacked | wc -l > /srv/count
`,
    options: none,
  },
  {
    name: "stages",
    dockerfile: `${stages}FROM busybox
COPY --from=part0 /out /0
COPY --link --from=part1 /out /1
COPY --from=part2 /out/link /2
RUN cat /0/1 /1/1 /2 > /joined
`,
    options: (output) => ["--output", `type=oci,dest=${output}`],
  },
  {
    name: "mounts",
    dockerfile: `FROM busybox AS tools
RUN echo tool > /tool
FROM busybox
ARG VARIANT
RUN --mount=type=cache,target=/cache --mount=type=bind,from=tools,target=/tools --mount=type=tmpfs,target=/tmp \\
    cp /tools/tool /tmp/tool && date > /cache/last && cat /tmp/tool > /result && echo $VARIANT >> /result
RUN --mount=type=bind,source=many,target=/many cat /many/* | sha256sum > /sum && head -c 2000000 /dev/zero > /zeros
`,
    options: (output) => ["--output", `type=docker,dest=${output}`],
  },
];

/** Writes the context that all recipes share, and their Dockerfiles into it. */
export function writeContext(directory: string): void {
  mkdirSync(join(directory, "many"), { recursive: true });
  for (let at = 0; at < 400; at++) writeFileSync(join(directory, "many", `file-${at}`), `${at}\n`.repeat(at));
  writeFileSync(join(directory, "large"), Buffer.alloc(6_000_000, "a line of a large file\n"));
  const archive = join(directory, "archive.tar.gz");
  execFileSync("tar", ["-czf", archive, "-C", directory, "many"]);
  for (const { name, dockerfile } of recipes)
    writeFileSync(join(directory, `${name}.Dockerfile`), dockerfile);
}
