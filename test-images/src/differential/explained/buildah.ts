import type { Explanation } from "./explanation.ts";

/** Debian's buildah 1.28. */
export const buildahExplained: readonly Explanation[] = [
  {
    peer: "buildah",
    kind: "peer",
    why: "It leaves sockets out; BuildKit makes an empty file of one.",
    differences: {
      "files-socket-of-the-context": ["layer 1 COPY: d/socket: only tsbuild has this file"],
    },
  },
  {
    peer: "buildah",
    kind: "limit",
    why: "It cannot mount over /etc, where it mounts files of its own.",
    differences: {
      "run-bind-mounts-from-a-stage-and-writes-to-them-are-lost": ["outcome built | refused"],
    },
  },
  {
    peer: "buildah",
    kind: "ours",
    why: "It loses what changes the root directory itself; tsbuild keeps it.",
    differences: {
      "run-changes-directories-alone": ["layer 5 RUN: : only tsbuild has this directory"],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "It gives the later of several ARGs in one instruction the old value of an earlier one; BuildKit goes from word to word.",
    differences: {
      "arg-in-several-words": ["layer 1 RUN: out: size 6 | 5", "layer 1 RUN: out: content"],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "Of two stages with one name it takes the first, BuildKit the last.",
    differences: {
      "stage-names-that-repeat": [
        "layer 1 RUN: 1: only buildah has this file",
        "layer 1 RUN: 2: only tsbuild has this file",
        "layer 2 RUN: list: content",
        "history 1: /bin/sh -c echo 2 > /2 | /bin/sh -c echo 1 > /1",
      ],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "It checks neither the name nor the number.",
    differences: {
      "refused-env-with-an-empty-name": ["outcome refused | built"],
      "refused-expose-of-no-port": ["outcome refused | built"],
      "refused-expose-beyond-the-last-port": ["outcome refused | built"],
      "refused-stage-with-a-bad-name": ["outcome refused | built"],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "Several sources make a directory of a destination without a slash; in BuildKit it stays a name.",
    differences: {
      "copy-of-several-sources-wants-a-directory": [
        "layer 1 COPY: x: file | directory",
        "layer 1 COPY: x/a: only buildah has this file",
        "layer 1 COPY: x/b: only buildah has this file",
      ],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "It keeps names that climb out inside the destination; BuildKit's newer code refuses such an archive.",
    differences: {
      "add-archive-that-climbs-out-is-refused": ["outcome refused | built"],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "It does not write the field that BuildKit sets with CMD and ENTRYPOINT.",
    differences: {
      "config-entrypoint-resets-an-inherited-cmd": ["config ArgsEscaped: true | none"],
      "config-entrypoint-keeps-a-cmd-of-the-same-stage": ["config ArgsEscaped: true | none"],
      "config-cmd-forms": ["config ArgsEscaped: true | none"],
      "config-empty-cmd-and-entrypoint": ["config ArgsEscaped: true | none"],
      "config-shell-changes-the-shell-forms": ["config ArgsEscaped: true | none"],
      "history-tells-every-instruction": ["config ArgsEscaped: true | none"],
      "config-cmd-of-a-child-keeps-the-entrypoint": ["config ArgsEscaped: true | none"],
      "config-entrypoint-of-a-child-resets-cmd": ["config ArgsEscaped: true | none"],
      "config-last-of-each-wins": ["config ArgsEscaped: true | none"],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "It keeps SHELL out of the shell forms that follow; BuildKit uses it.",
    differences: {
      "config-shell-changes-the-shell-forms": [
        'config Cmd: ["/bin/sh","-ec","echo cmd"] | ["/bin/sh","-c","echo cmd"]',
        'config Entrypoint: ["/bin/sh","-ec","echo entry"] | ["/bin/sh","-c","echo entry"]',
        "history 2: /bin/sh -ec echo $0 > /zero | /bin/sh -c echo $0 > /zero",
      ],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "BuildKit writes the working directory of an image from scratch, buildah only one that WORKDIR gave.",
    differences: {
      "files-empty-and-in-empty-directories": ['config WorkingDir: "/" | none'],
      "run-finds-hosts-and-resolv-conf-and-leaves-none": ['config WorkingDir: "/" | none'],
      "stage-copies-from-an-image-that-is-no-stage": ['config WorkingDir: "/" | none'],
      "stage-is-copied-from-its-root": ['config WorkingDir: "/" | none'],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "It keeps the trailing slash of WORKDIR.",
    differences: {
      "workdir-through-a-link-and-with-variables": ['config WorkingDir: "/fallback" | "/fallback/"'],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "It neither splits ranges nor lowers the case of protocols.",
    differences: {
      "config-expose-sorts-and-splits": [
        'config ExposedPorts: {"100/tcp":{},"20/tcp":{},"3/tcp":{},"443/tcp":{},"53/udp":{},"7000/tcp":{},"7001/tcp":{},"7002/tcp":{},"8080/tcp":{}} | {"100/tcp":{},"20/tcp":{},"3/tcp":{},"443/TCP":{},"53/udp":{},"7000-7002/tcp":{},"8080/tcp":{}}',
      ],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "It drops a backslash although the escape directive says that it is none.",
    differences: {
      "escape-directive-and-continuations": [
        'config Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","p=c:\\\\dir","q=r"] | ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","p=c:dir","q=r"]',
      ],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "It writes history for ONBUILD and its triggers, once for each layer that it commits.",
    differences: {
      "config-onbuild-is-stored-as-written": ["history 2 entries | 5"],
      "onbuild-triggers-run-in-the-child-and-are-cleared": ["history 9 entries | 14"],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "Its history has the words of RUN as they stand in the file, flags and JSON included.",
    differences: {
      "run-mounts-leave-nothing-behind": [
        "history 1: /bin/sh -c echo a > /cache/deep/f | /bin/sh -c --mount=type=cache,target=/cache/deep echo a > /cache/deep/f",
        "history 2: /bin/sh -c cat /mnt/d/f > /out | /bin/sh -c --mount=type=bind,source=d,target=/mnt/d cat /mnt/d/f > /out",
        "history 3: /bin/sh -c echo b > /var/scratch/f | /bin/sh -c --mount=type=tmpfs,target=/var/scratch echo b > /var/scratch/f",
      ],
      "run-in-json-form-that-is-none-is-a-shell-form": [
        'history 2: /bin/sh -c echo json > /json | /bin/sh -c [ "/bin/sh", "-c", "echo json > /json" ]',
      ],
      "history-tells-every-instruction": [
        'history 4: |1 x=1 /bin/true x y | |1 x=1 /bin/sh -c ["/bin/true", "x y"]',
      ],
    },
  },
  {
    peer: "buildah",
    kind: "limit",
    why: "It leaves the directories behind that it made to mount on.",
    differences: {
      "run-mounts-leave-nothing-behind": [
        "layer 1 RUN: cache: only buildah has this directory",
        "layer 2 RUN: mnt: only buildah has this directory",
      ],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "Its history lists the arguments in another order, without those that have no value.",
    differences: {
      "arg-scopes-and-defaults": [
        'history 6: |5 shared=global over=local undeclared= given=from outside quoted=a b /bin/sh -c echo "$base,$shared,$over,$undeclared,$given,$quoted" > /args | |6 given=from outside over=local quoted=a b shared=global /bin/sh -c echo "$base,$shared,$over,$undeclared,$given,$quoted" > /args',
        "history 9: |6 shared=global over=local undeclared= given=from outside quoted=a b kept=arg /bin/sh -c echo $kept > /kept | |8 given=from outside kept=globalfrom outside over=local quoted=a b shared=global /bin/sh -c echo $kept > /kept",
      ],
      "arg-in-several-words": [
        "history 2: |3 a=1 b= c=1-3 /bin/sh -c echo $a $b $c > /out | |2 a=1 c=-3 /bin/sh -c echo $a $b $c > /out",
      ],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "An ENV wins over a later ARG of its name; in BuildKit the later of the two wins.",
    differences: {
      "arg-scopes-and-defaults": ["layer 2 RUN: kept: size 4 | 19", "layer 2 RUN: kept: content"],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "It gives RUN a proxy variable in the case in which it came, BuildKit in both.",
    differences: {
      "arg-of-proxies-stays-out-of-the-history": [
        "layer 1 RUN: proxy: size 46 | 23",
        "layer 1 RUN: proxy: content",
      ],
    },
  },
  {
    peer: "buildah",
    kind: "limit",
    why: "Its --target minds case.",
    differences: {
      "stage-names-ignore-case": ["outcome built | refused"],
    },
  },
  {
    peer: "buildah",
    kind: "limit",
    why: "Its COPY drops setuid and setgid.",
    differences: {
      "copy-onto-existing-directories-merges-metadata": [
        "layer 2 COPY: x/sub: mode 2750 | 0750",
        "layer 3 COPY: x/sub: mode 2750 | 0750",
      ],
      "copy-replaces-files-of-lower-layers": ["layer 2 COPY: x/g: mode 4755 | 0755"],
      "files-keep-setuid-setgid-and-sticky": ["layer 2 COPY: one: mode 4755 | 0755"],
      "copy-chown-and-chmod-reach-everything-but-links": [
        "layer 1 COPY: chown/a: mode 4755 | 0755",
        "layer 1 COPY: chown/hard: mode 4755 | 0755",
      ],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "A wildcard that matches nothing is an error.",
    differences: {
      "copy-wildcard-without-a-match-copies-nothing": ["outcome built | refused"],
    },
  },
  {
    peer: "buildah",
    kind: "limit",
    why: "It takes names that a wildcard matched for patterns again.",
    differences: {
      "files-with-backslashes-in-their-names": ["outcome built | refused"],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "An unknown group is an error; BuildKit takes 0.",
    differences: {
      "copy-chown-of-an-unknown-name-fails": ["outcome built | refused"],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "It replaces what is in the way; BuildKit refuses.",
    differences: {
      "copy-of-a-file-onto-a-directory-fails": ["outcome refused | built"],
      "copy-of-a-directory-onto-a-file-fails": ["outcome refused | built"],
      "link-nested-below-a-copied-directory-onto-a-link-fails": ["outcome refused | built"],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "Its --chmod does not reach the directory made for the contents.",
    differences: {
      "copy-chmod-octal": ["layer 2 COPY: d: mode 0711 | 0755"],
      "copy-chown-and-chmod-reach-everything-but-links": ["layer 2 COPY: chmod: mode 0640 | 0755"],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "It replaces a link that is the destination instead of writing through it, and makes a directory where a dangling one leads.",
    differences: {
      "link-to-a-file-as-destination-is-written-through": [
        "layer 2 COPY: link: only buildah has this file",
        "layer 2 COPY: real: only tsbuild has this directory",
        "layer 2 COPY: real/f: only tsbuild has this file",
        "layer 3 COPY: missing: file | directory",
        "layer 3 COPY: missing/a: only buildah has this file",
        "result link: symlink | file",
        "result real/f: mode 0644 | 0600",
        "result real/f: time 2020-01-01T00:00:00.000Z | new",
        "result real/f: size 2 | 4",
        "result real/f: content",
      ],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "The archive's entry for its own root changes the destination directory; in BuildKit it must not.",
    differences: {
      "add-unpacks-tar-of-every-compression": [
        "layer 1 ADD: plain: owner 0:0 | 7:8",
        "layer 2 ADD: gz: owner 0:0 | 7:8",
        "layer 3 ADD: bz: owner 0:0 | 7:8",
        "layer 4 ADD: xz: owner 0:0 | 7:8",
        "layer 5 ADD: none: owner 0:0 | 7:8",
      ],
      "add-archive-with-chown": ["layer 1 ADD: x: owner 1000:1001 | 7:8"],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "Its --chown does not reach what is unpacked.",
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
    peer: "buildah",
    kind: "peer",
    why: "It keeps user attributes of files that come from outside.",
    differences: {
      "add-archive-with-special-files-and-attributes": ["layer 1 ADD: x/note: xattrs none | user.note=6869"],
      "files-of-the-context-lose-user-attributes": ["layer 1 COPY: a: xattrs none | user.note=68656c6c6f"],
    },
  },
  {
    peer: "buildah",
    kind: "limit",
    why: "Its containers may not make devices.",
    differences: {
      "files-devices-of-a-stage-are-copied": ["outcome built | refused"],
      "run-makes-and-replaces-devices": ["outcome built | refused"],
    },
  },
  {
    peer: "buildah",
    kind: "storage",
    why: "It takes the layer as overlayfs left it, with opaque directories; BuildKit writes a whiteout for each name, or nothing where nothing is hidden.",
    differences: {
      "run-remove-and-recreate-a-directory": [
        "layer 2 RUN: d/.wh..wh..opq: only buildah has this opaque marker",
        "layer 2 RUN: d/a: only tsbuild has this whiteout",
        "layer 2 RUN: d/sub: only tsbuild has this whiteout",
        "layer 4 RUN: d/.wh..wh..opq: only buildah has this opaque marker",
        "layer 4 RUN: d/a: only tsbuild has this whiteout",
        "layer 4 RUN: d/new: only tsbuild has this whiteout",
      ],
      "run-changes-the-type-of-what-is-there": [
        "layer 2 RUN: d/file/.wh..wh..opq: only buildah has this opaque marker",
        "layer 4 RUN: d/link/.wh..wh..opq: only buildah has this opaque marker",
      ],
      "run-removes-what-it-made-in-another-layer": [
        "layer 2 RUN: a/b/.wh..wh..opq: only buildah has this opaque marker",
        "layer 2 RUN: a/b/c: only tsbuild has this whiteout",
      ],
      "add-archive-changes-types": [
        "layer 2 ADD: x/link-to-dir/.wh..wh..opq: only buildah has this opaque marker",
        "layer 2 ADD: x/to-dir/.wh..wh..opq: only buildah has this opaque marker",
      ],
    },
  },
  {
    peer: "buildah",
    kind: "storage",
    why: "It takes the layer as overlayfs left it: copied up and linked. BuildKit writes a new link to a lower file as a full copy, and no name that did not change.",
    differences: {
      "run-hard-links-a-lower-file": [
        "layer 2 RUN: d/a: only buildah has this file",
        "layer 2 RUN: d/a2: links none | d/a d/a2",
        "layer 3 RUN: d: only buildah has this directory",
        "layer 3 RUN: d/b: only buildah has this file",
        "layer 3 RUN: e: links none | d/b e",
        "result d/a: links none | d/a d/a2",
      ],
    },
  },
  {
    peer: "buildah",
    kind: "limit",
    why: "It leaves what it mounted on behind.",
    differences: {
      "run-finds-hosts-and-resolv-conf-and-leaves-none": [
        "layer 1 RUN: dev: only buildah has this directory",
        "layer 1 RUN: etc: only buildah has this directory",
        "layer 1 RUN: etc/hostname: only buildah has this file",
        "layer 1 RUN: etc/hosts: only buildah has this file",
        "layer 1 RUN: etc/resolv.conf: only buildah has this file",
        "layer 1 RUN: proc: only buildah has this directory",
        "layer 1 RUN: run: only buildah has this directory",
        "layer 1 RUN: sys: only buildah has this directory",
      ],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "It gives a container of root the group root as a supplementary one, too.",
    differences: {
      "user-decides-ids-groups-and-home-of-run": [
        "layer 1 RUN: o/root: size 24 | 39",
        "layer 1 RUN: o/root: content",
      ],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "It makes a working directory only when a container starts in it.",
    differences: {
      "workdir-makes-its-parents": [
        "layer 1 RUN: a: only tsbuild has this directory",
        "layer 1 RUN: a/b: only tsbuild has this directory",
        "layer 1 RUN: a/b/c: only tsbuild has this directory",
        "layer 1 RUN: a/b/c/d: only tsbuild has this directory",
        "layer 1 RUN: a/b/c/e: only tsbuild has this directory",
      ],
      "workdir-belongs-to-the-user": [
        "layer 1 RUN: home: only tsbuild has this directory",
        "layer 1 RUN: home/app: only tsbuild has this directory",
        "layer 1 RUN: home/app/x: only tsbuild has this directory",
        "layer 1 RUN: home/app/x/y: only tsbuild has this directory",
        "layer 1 RUN: w: only tsbuild has this directory",
      ],
      "history-tells-every-instruction": ["result w: only tsbuild has this directory"],
      "workdir-that-was-removed": ["layer 1 RUN: w/x: only tsbuild has this whiteout"],
    },
  },
  {
    peer: "buildah",
    kind: "peer",
    why: "It makes a volume's directory, and what RUN changes below it is lost; BuildKit keeps it.",
    differences: {
      "volume-loses-no-data": [
        "layer 2 RUN: data: only tsbuild has this directory",
        "layer 2 RUN: data/after: only tsbuild has this file",
        "layer 2 RUN: data/before: only tsbuild has this file",
        "layer 2 RUN: other: only buildah has this directory",
        "layer 2 RUN: third volume: only buildah has this directory",
        "layer 5 RUN: data: only tsbuild has this directory",
        "layer 5 RUN: data/before: only tsbuild has this whiteout",
        "result data/before: only buildah has this file",
      ],
    },
  },
];
