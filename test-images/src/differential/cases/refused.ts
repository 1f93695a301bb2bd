import type { DifferentialCase } from "../case.ts";

/** What no builder may take, by the name of the case. */
const dockerfiles: Readonly<Record<string, string>> = {
  "refused-without-from": "RUN true\n",
  "refused-empty": "# nothing\n",
  "refused-unknown-instruction": "FROM busybox\nRNU true\n",
  "refused-unknown-flag": "FROM busybox\nCOPY --form=x a b\n",
  "refused-flag-without-value": "FROM busybox\nCOPY --chown a b\n",
  "refused-copy-with-one-word": "FROM busybox\nCOPY a\n",
  "refused-env-without-value": "FROM busybox\nENV a\n",
  "refused-env-with-an-empty-name": "FROM busybox\nENV =x\n",
  "refused-label-without-value": 'FROM busybox\nLABEL a b="c\n',
  "refused-expose-of-no-port": "FROM busybox\nEXPOSE abc\n",
  "refused-expose-beyond-the-last-port": "FROM busybox\nEXPOSE 70000\n",
  "refused-stopsignal-of-no-signal": "FROM busybox\nSTOPSIGNAL NONESUCH\n",
  "refused-healthcheck-without-a-unit": "FROM busybox\nHEALTHCHECK --interval=5 CMD true\n",
  "refused-healthcheck-of-no-kind": "FROM busybox\nHEALTHCHECK true\n",
  "refused-user-of-nothing": "FROM busybox\nUSER\n",
  "refused-workdir-of-nothing": "FROM busybox\nWORKDIR\n",
  "refused-volume-of-nothing": 'FROM busybox\nVOLUME [""]\n',
  "refused-shell-without-json": "FROM busybox\nSHELL /bin/sh\n",
  "refused-json-with-numbers": 'FROM busybox\nRUN ["echo", 1]\n',
  "refused-onbuild-of-from": "FROM busybox\nONBUILD FROM busybox\n",
  "refused-onbuild-of-onbuild": "FROM busybox\nONBUILD ONBUILD RUN true\n",
  "refused-stage-with-a-bad-name": "FROM busybox AS 1st\n",
  "refused-from-with-words-left": "FROM busybox AS a b\n",
  "refused-from-an-empty-variable": "ARG base\nFROM $base\n",
  "refused-copy-from-a-later-stage":
    "FROM busybox AS a\nCOPY --from=b /etc/passwd /p\nFROM busybox AS b\nFROM a\n",
  "refused-bad-substitution": "FROM busybox\nENV a=${b:^x}\n",
  "refused-open-quote": 'FROM busybox\nENV a="b\n',
  "refused-command-that-fails": "FROM busybox\nRUN exit 3\n",
  "refused-command-that-is-missing": 'FROM busybox\nRUN ["/nonesuch"]\n',
  "refused-bad-pattern": "FROM busybox\nCOPY a[ /x/\n",
  "refused-bad-ignore-file": "FROM busybox\nCOPY . /x/\n",
  "refused-repeated-directive": "# escape=`\n# escape=\\\nFROM busybox\n",
};

const contexts: Readonly<Record<string, string>> = {
  "refused-bad-ignore-file": "echo '[a' > .dockerignore",
};

export const refusedCases: readonly DifferentialCase[] = Object.entries(dockerfiles).map(
  ([name, dockerfile]) => ({ name, dockerfile, context: contexts[name] ?? "echo a > a; echo b > b" }),
);
