import type { Explanation } from "./explanation.ts";

/** BuildKit as it is in Debian's docker.io 20.10. */
export const dockerExplained: readonly Explanation[] = [
  {
    peer: "docker",
    kind: "older",
    why: "Its --chmod leaves setuid as it was; the newer code sets the whole mode.",
    differences: {
      "copy-chown-and-chmod-reach-everything-but-links": [
        "layer 2 COPY: chmod/a: mode 0640 | 4640",
        "layer 2 COPY: chmod/hard: mode 0640 | 4640",
      ],
    },
  },
  {
    peer: "docker",
    kind: "ours",
    why: "It loses what changes the root directory itself; tsbuild keeps it.",
    differences: {
      "run-changes-directories-alone": ["layer 5 RUN: : only tsbuild has this directory"],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "It gives the later of several ARGs in one instruction the old value of an earlier one; the newer code goes from word to word.",
    differences: {
      "arg-in-several-words": [
        "layer 1 RUN: out: size 6 | 5",
        "layer 1 RUN: out: content",
        'history 1: ["ARG a=1 b c=1-3","buildkit.dockerfile.v0","","no layer"] | ["ARG a=1 b c=-3","buildkit.dockerfile.v0","","no layer"]',
        'history 2: ["RUN |3 a=1 b= c=1-3 /bin/sh -c echo $a $b $c > /out # buildkit","buildkit.dockerfile.v0","","layer"] | ["RUN |3 a=1 b= c=-3 /bin/sh -c echo $a $b $c > /out # buildkit","buildkit.dockerfile.v0","","layer"]',
      ],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "It takes a bad pattern for one that matches nothing; the newer code refuses it.",
    differences: {
      "refused-bad-pattern": ["outcome refused | built"],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "Its history leaves the flags of COPY and ADD out; the newer code writes them.",
    differences: {
      "copy-implicit-parents-take-chown": [
        'history 1: ["COPY --chown=1000:1001 a /p/q/a # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY a /p/q/a # buildkit","buildkit.dockerfile.v0","","layer"]',
        'history 2: ["COPY --chown=5:6 d /p/r/s # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY d /p/r/s # buildkit","buildkit.dockerfile.v0","","layer"]',
      ],
      "copy-chown-resolves-names-in-the-image": [
        'history 2: ["COPY --chown=app a /user # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY a /user # buildkit","buildkit.dockerfile.v0","","layer"]',
        'history 3: ["COPY --chown=app:staff a /both # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY a /both # buildkit","buildkit.dockerfile.v0","","layer"]',
        'history 4: ["COPY --chown=late:crew a /late # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY a /late # buildkit","buildkit.dockerfile.v0","","layer"]',
        'history 5: ["COPY --chown=12 a /number # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY a /number # buildkit","buildkit.dockerfile.v0","","layer"]',
        'history 6: ["COPY --chown=12:staff a /mixed # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY a /mixed # buildkit","buildkit.dockerfile.v0","","layer"]',
        'history 7: ["COPY --chown=app:13 a /mixed2 # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY a /mixed2 # buildkit","buildkit.dockerfile.v0","","layer"]',
      ],
      "copy-chown-of-an-unknown-name-fails": [
        'history 1: ["COPY --chown=root:phantom a /group # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY a /group # buildkit","buildkit.dockerfile.v0","","layer"]',
      ],
      "copy-chmod-octal": [
        'history 1: ["COPY --chmod=640 f /f # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY f /f # buildkit","buildkit.dockerfile.v0","","layer"]',
        'history 2: ["COPY --chmod=711 d /d # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY d /d # buildkit","buildkit.dockerfile.v0","","layer"]',
        'history 3: ["COPY --chmod=4755 f /new/parent/f # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY f /new/parent/f # buildkit","buildkit.dockerfile.v0","","layer"]',
        'history 4: ["COPY --chown=5:6 --chmod=600 f /owned # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY f /owned # buildkit","buildkit.dockerfile.v0","","layer"]',
      ],
      "add-archive-with-chown": [
        'history 1: ["ADD --chown=1000:1001 a.tar /x/ # buildkit","buildkit.dockerfile.v0","","layer"] | ["ADD a.tar /x/ # buildkit","buildkit.dockerfile.v0","","layer"]',
        'history 2: ["ADD --chown=1000:1001 f /y/ # buildkit","buildkit.dockerfile.v0","","layer"] | ["ADD f /y/ # buildkit","buildkit.dockerfile.v0","","layer"]',
      ],
      "files-keep-capabilities": [
        'history 3: ["COPY --chown=5:6 tool /owned # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY tool /owned # buildkit","buildkit.dockerfile.v0","","layer"]',
      ],
      "stage-keeps-owners-when-copied-from": [
        'history 2: ["COPY --chown=app:staff /s /changed # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY /s /changed # buildkit","buildkit.dockerfile.v0","","layer"]',
      ],
      "history-tells-every-instruction": [
        'history 6: ["COPY --chown=1:2 a /a # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY a /a # buildkit","buildkit.dockerfile.v0","","layer"]',
      ],
      "copy-chown-and-chmod-reach-everything-but-links": [
        'history 1: ["COPY --chown=5:6 d /chown/ # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY d /chown/ # buildkit","buildkit.dockerfile.v0","","layer"]',
        'history 2: ["COPY --chmod=640 d /chmod/ # buildkit","buildkit.dockerfile.v0","","layer"] | ["COPY d /chmod/ # buildkit","buildkit.dockerfile.v0","","layer"]',
      ],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "Its history tells an ARG as it is written; the newer code tells the value that it has.",
    differences: {
      "arg-scopes-and-defaults": [
        'history 1: ["ARG shared=global","buildkit.dockerfile.v0","","no layer"] | ["ARG shared","buildkit.dockerfile.v0","","no layer"]',
        'history 4: ["ARG given=from outside","buildkit.dockerfile.v0","","no layer"] | ["ARG given=default","buildkit.dockerfile.v0","","no layer"]',
      ],
      "arg-of-proxies-stays-out-of-the-history": [
        'history 2: ["ARG declared=yes","buildkit.dockerfile.v0","","no layer"] | ["ARG declared=no","buildkit.dockerfile.v0","","no layer"]',
      ],
      "onbuild-triggers-run-in-the-child-and-are-cleared": [
        'history 2: ["ARG extra=given","buildkit.dockerfile.v0","","no layer"] | ["ARG extra=none","buildkit.dockerfile.v0","","no layer"]',
      ],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "Its history prints the ports as a Go map; the newer code prints a sorted list.",
    differences: {
      "config-expose-sorts-and-splits": [
        'history 2: ["EXPOSE [100/tcp 20/tcp 3/tcp]","buildkit.dockerfile.v0","","no layer"] | ["EXPOSE map[100/tcp:{} 20/tcp:{} 3/tcp:{}]","buildkit.dockerfile.v0","","no layer"]',
        'history 3: ["EXPOSE [443/tcp 53/udp 8080/tcp]","buildkit.dockerfile.v0","","no layer"] | ["EXPOSE map[443/tcp:{} 53/udp:{} 8080/tcp:{}]","buildkit.dockerfile.v0","","no layer"]',
        'history 4: ["EXPOSE [7000/tcp 7001/tcp 7002/tcp]","buildkit.dockerfile.v0","","no layer"] | ["EXPOSE map[7000/tcp:{} 7001/tcp:{} 7002/tcp:{}]","buildkit.dockerfile.v0","","no layer"]',
        'history 5: ["EXPOSE [3/tcp]","buildkit.dockerfile.v0","","no layer"] | ["EXPOSE map[3/tcp:{}]","buildkit.dockerfile.v0","","no layer"]',
      ],
      "history-tells-every-instruction": [
        'history 12: ["EXPOSE [1/tcp]","buildkit.dockerfile.v0","","no layer"] | ["EXPOSE map[1/tcp:{}]","buildkit.dockerfile.v0","","no layer"]',
      ],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "Its health checks have no start interval yet, and so one duration fewer in the history.",
    differences: {
      "config-shell-changes-the-shell-forms": [
        `history 5: ["HEALTHCHECK &{[\\"CMD-SHELL\\" \\"echo health\\"] \\"0s\\" \\"0s\\" \\"0s\\" \\"0s\\" '\\\\x00'}","buildkit.dockerfile.v0","","no layer"] | ["HEALTHCHECK &{[\\"CMD-SHELL\\" \\"echo health\\"] \\"0s\\" \\"0s\\" \\"0s\\" '\\\\x00'}","buildkit.dockerfile.v0","","no layer"]`,
      ],
      "config-healthcheck-in-all-forms": [
        `history 1: ["HEALTHCHECK &{[\\"CMD-SHELL\\" \\"wget -q localhost || exit 1\\"] \\"5m0s\\" \\"3s\\" \\"1m30s\\" \\"0s\\" '\\\\a'}","buildkit.dockerfile.v0","","no layer"] | ["HEALTHCHECK &{[\\"CMD-SHELL\\" \\"wget -q localhost || exit 1\\"] \\"5m0s\\" \\"3s\\" \\"1m30s\\" '\\\\a'}","buildkit.dockerfile.v0","","no layer"]`,
        `history 2: ["HEALTHCHECK &{[\\"CMD\\" \\"/check\\" \\"now\\"] \\"1s\\" \\"0s\\" \\"0s\\" \\"0s\\" '\\\\x00'}","buildkit.dockerfile.v0","","no layer"] | ["HEALTHCHECK &{[\\"CMD\\" \\"/check\\" \\"now\\"] \\"1s\\" \\"0s\\" \\"0s\\" '\\\\x00'}","buildkit.dockerfile.v0","","no layer"]`,
      ],
      "config-healthcheck-none": [
        `history 1: ["HEALTHCHECK &{[\\"CMD-SHELL\\" \\"true\\"] \\"0s\\" \\"0s\\" \\"0s\\" \\"0s\\" '\\\\x00'}","buildkit.dockerfile.v0","","no layer"] | ["HEALTHCHECK &{[\\"CMD-SHELL\\" \\"true\\"] \\"0s\\" \\"0s\\" \\"0s\\" '\\\\x00'}","buildkit.dockerfile.v0","","no layer"]`,
        `history 2: ["HEALTHCHECK &{[\\"NONE\\"] \\"0s\\" \\"0s\\" \\"0s\\" \\"0s\\" '\\\\x00'}","buildkit.dockerfile.v0","","no layer"] | ["HEALTHCHECK &{[\\"NONE\\"] \\"0s\\" \\"0s\\" \\"0s\\" '\\\\x00'}","buildkit.dockerfile.v0","","no layer"]`,
      ],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "The newer code hands the arguments of a stage on to the stage that is built from it, its history included.",
    differences: {
      "onbuild-triggers-run-in-the-child-and-are-cleared": [
        'history 8: ["RUN |1 extra=given /bin/sh -c true # buildkit","buildkit.dockerfile.v0","","layer"] | ["RUN /bin/sh -c true # buildkit","buildkit.dockerfile.v0","","layer"]',
      ],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "The newer code cleans the path of WORKDIR.",
    differences: {
      "workdir-through-a-link-and-with-variables": [
        'config WorkingDir: "/fallback" | "/fallback/"',
        'history 6: ["WORKDIR /fallback","buildkit.dockerfile.v0","","layer"] | ["WORKDIR /fallback/","buildkit.dockerfile.v0","","layer"]',
      ],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "The newer code applies --chown to what is unpacked, too.",
    differences: {
      "add-archive-with-chown": [
        "layer 1 ADD: x/dir: owner 1000:1001 | 7:8",
        "layer 1 ADD: x/dir/hard: owner 1000:1001 | 7:8",
        "layer 1 ADD: x/dir/soft: owner 1000:1001 | 7:8",
        "layer 1 ADD: x/dir/sub: owner 1000:1001 | 7:8",
        "layer 1 ADD: x/dir/two: owner 1000:1001 | 7:8",
        "layer 1 ADD: x/one: owner 1000:1001 | 7:8",
      ],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "The newer code gives an octal --chmod to the directory that it makes for the contents.",
    differences: {
      "copy-chmod-octal": ["layer 2 COPY: d: mode 0711 | 0755"],
      "copy-chown-and-chmod-reach-everything-but-links": ["layer 2 COPY: chmod: mode 0640 | 0755"],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "Its --chmod drops setuid; the newer code keeps it.",
    differences: {
      "copy-chmod-octal": ["layer 3 COPY: new/parent/f: mode 4755 | 0755"],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "Its copy leaves fifos out and makes files of devices; the newer code makes them anew.",
    differences: {
      "files-fifo-of-a-stage-is-copied": ["layer 1 COPY: s/pipe: only tsbuild has this fifo"],
      "files-devices-of-a-stage-are-copied": [
        "layer 1 COPY: s/disk: block | file",
        "layer 1 COPY: s/null: char | file",
      ],
      "files-fifo-of-the-context-is-copied": ["layer 1 COPY: d/pipe: only tsbuild has this fifo"],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "Its client sends no capabilities of context files; the newer one does.",
    differences: {
      "files-keep-capabilities": [
        "layer 1 COPY: tool: xattrs security.capability=0100000200040000000000000000000000000000 | none",
        "layer 2 COPY: d/t: xattrs security.capability=0100000200200000000000000000000000000000 | none",
        "layer 3 COPY: owned: xattrs security.capability=0100000200040000000000000000000000000000 | none",
      ],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "It leaves the mount points behind; the newer code removes those that it made.",
    differences: {
      "run-mounts-leave-nothing-behind": [
        "layer 1 RUN: cache: only docker has this directory",
        "layer 1 RUN: cache/deep: only docker has this directory",
        "layer 2 RUN: mnt: only docker has this directory",
        "layer 2 RUN: mnt/d: only docker has this directory",
        "layer 3 RUN: var: only docker has this directory",
        "layer 3 RUN: var/scratch: only docker has this directory",
      ],
      "run-bind-mounts-from-a-stage-and-writes-to-them-are-lost": [
        "layer 2 RUN: srv: only docker has this directory",
      ],
    },
  },
  {
    peer: "docker",
    kind: "storage",
    why: "Docker takes the layer as overlayfs left it, with opaque directories; BuildKit's own differ writes a whiteout for each name, or nothing where nothing is hidden.",
    differences: {
      "run-remove-and-recreate-a-directory": [
        "layer 2 RUN: d/.wh..wh..opq: only docker has this opaque marker",
        "layer 2 RUN: d/a: only tsbuild has this whiteout",
        "layer 2 RUN: d/sub: only tsbuild has this whiteout",
        "layer 4 RUN: d/.wh..wh..opq: only docker has this opaque marker",
        "layer 4 RUN: d/a: only tsbuild has this whiteout",
        "layer 4 RUN: d/new: only tsbuild has this whiteout",
      ],
      "run-changes-the-type-of-what-is-there": [
        "layer 2 RUN: d/file/.wh..wh..opq: only docker has this opaque marker",
        "layer 4 RUN: d/link/.wh..wh..opq: only docker has this opaque marker",
      ],
      "run-removes-what-it-made-in-another-layer": [
        "layer 2 RUN: a/b/.wh..wh..opq: only docker has this opaque marker",
        "layer 2 RUN: a/b/c: only tsbuild has this whiteout",
      ],
      "add-archive-changes-types": [
        "layer 2 ADD: x/link-to-dir/.wh..wh..opq: only docker has this opaque marker",
        "layer 2 ADD: x/to-dir/.wh..wh..opq: only docker has this opaque marker",
      ],
    },
  },
  {
    peer: "docker",
    kind: "storage",
    why: "Docker takes the layer as overlayfs left it: copied up and linked. BuildKit's own differ writes a new link to a lower file as a full copy, and no name that did not change.",
    differences: {
      "run-hard-links-a-lower-file": [
        "layer 2 RUN: d/a: only docker has this file",
        "layer 2 RUN: d/a2: links none | d/a d/a2",
        "layer 3 RUN: d: only docker has this directory",
        "layer 3 RUN: d/b: only docker has this file",
        "layer 3 RUN: e: links none | d/b e",
        "result d/a: links none | d/a d/a2",
      ],
    },
  },
  {
    peer: "docker",
    kind: "ours",
    why: "It leaves the empty directories that /dev, /proc and /sys were mounted on; of tsbuild's mounts no trace reaches a layer.",
    differences: {
      "run-finds-hosts-and-resolv-conf-and-leaves-none": [
        "layer 1 RUN: dev: only docker has this directory",
        "layer 1 RUN: proc: only docker has this directory",
        "layer 1 RUN: sys: only docker has this directory",
      ],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "It keeps names that climb out inside the destination; the newer code refuses such an archive.",
    differences: {
      "add-archive-that-climbs-out-is-refused": ["outcome refused | built"],
    },
  },
  {
    peer: "docker",
    kind: "older",
    why: "It copies from a stage that comes later; the newer code refuses that.",
    differences: {
      "refused-copy-from-a-later-stage": ["outcome refused | built"],
    },
  },
];
