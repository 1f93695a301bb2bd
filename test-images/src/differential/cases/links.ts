import type { DifferentialCase } from "../case.ts";

/** Symbolic links in sources and destinations. */
export const linkCases: readonly DifferentialCase[] = [
  {
    name: "link-named-as-source-is-followed-nested-is-copied",
    context: `mkdir -p d/sub; echo real > d/real; ln -s real d/nested; ln -s missing d/dangling; ln -s sub d/dirlink; echo s > d/sub/s
ln -s d/real file; ln -s d dir; ln -s /d/sub absolute`,
    dockerfile: `FROM busybox
COPY file /file
COPY dir /dir
COPY dir/nested /nested
COPY absolute /absolute
COPY d /d
`,
  },
  {
    name: "link-matched-by-a-wildcard-is-followed",
    context: "mkdir real; echo r > real/r; echo f > f; ln -s real l-dir; ln -s f l-file",
    dockerfile: "FROM busybox\nCOPY l-* /x/\n",
  },
  {
    name: "link-in-the-destination-is-resolved-in-the-image",
    context: "echo a > a; mkdir d; echo b > d/b",
    dockerfile: `FROM busybox
RUN mkdir /real && chown 5:6 /real && ln -s /real /abs && ln -s real rel && ln -s ../../../../real /tmp/up && ln -s /nowhere/yet /dangling
COPY a /abs/
COPY d /rel/
COPY a /tmp/up/other
COPY a /abs/new/a
COPY a /dangling/a
`,
  },
  {
    name: "link-to-a-file-as-destination-is-written-through",
    context: "echo a > a",
    dockerfile: `FROM busybox
RUN mkdir /real && echo old > /real/f && chmod 600 /real/f && ln -s real/f /link && ln -s missing /lost
COPY a /link
COPY a /lost
`,
  },
  {
    name: "link-in-a-stage-is-followed-in-that-stage",
    dockerfile: `FROM busybox
RUN mkdir -p /data/v1 && echo one > /data/v1/f && ln -s v1 /data/current && ln -s /data/current /abs && ln -s /etc/passwd /data/v1/l
FROM busybox
COPY --from=0 /data/current /current
COPY --from=0 /abs/f /f
COPY --from=0 /abs/ /abs/
COPY --from=0 /data /data
`,
  },
  {
    name: "link-nested-below-a-copied-directory-onto-a-link-fails",
    context: "mkdir -p d/x; echo a > d/x/a",
    dockerfile: "FROM busybox\nRUN mkdir /x /t && ln -s /t /x/x\nCOPY d /x\n",
  },

  {
    name: "link-and-dot-dot-in-a-destination",
    context: "echo a > a",
    dockerfile:
      "FROM busybox\nRUN mkdir -p /real/deep && ln -s /real/deep /link\nWORKDIR /link\nCOPY a ../rel\nCOPY a ./here\n",
  },
  {
    name: "link-that-loops-is-refused",
    context: "echo a > a",
    dockerfile: "FROM busybox\nRUN ln -s b /a && ln -s a /b\nCOPY a /a/x\n",
  },

  {
    name: "link-out-of-the-context-stays-inside-it",
    context:
      "mkdir d etc; echo inside > etc/passwd; ln -s /etc/passwd absolute; ln -s ../../../../etc/passwd climbing; ln -s /etc/shadow d/nested",
    dockerfile: "FROM busybox\nCOPY absolute climbing /x/\nCOPY d /d\n",
  },
  {
    name: "link-to-nothing-as-source-is-refused",
    context: "ln -s /etc/shadow outside",
    dockerfile: "FROM busybox\nCOPY outside /x/\n",
  },
];
