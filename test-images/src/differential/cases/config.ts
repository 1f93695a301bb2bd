import type { DifferentialCase } from "../case.ts";

/** Instructions that only change the config. */
export const configCases: readonly DifferentialCase[] = [
  {
    name: "config-entrypoint-resets-an-inherited-cmd",
    dockerfile: 'FROM busybox AS one\nCMD ["inherited"]\nFROM one\nENTRYPOINT ["/entry", "a"]\n',
  },
  {
    name: "config-entrypoint-keeps-a-cmd-of-the-same-stage",
    dockerfile: 'FROM busybox\nCMD ["mine"]\nENTRYPOINT ["/entry"]\n',
  },
  {
    name: "config-cmd-forms",
    dockerfile:
      'FROM busybox AS shell\nCMD echo "hello" $HOME\nFROM busybox\nCMD [\'not\', \'json\']\nENTRYPOINT [ "/e", "x y", "\\u00e9" ]\n',
  },
  {
    name: "config-empty-cmd-and-entrypoint",
    dockerfile: 'FROM busybox AS one\nENTRYPOINT ["/e"]\nCMD ["c"]\nFROM one\nENTRYPOINT []\nCMD []\n',
  },
  {
    name: "config-shell-changes-the-shell-forms",
    dockerfile: `FROM busybox
SHELL ["/bin/sh", "-ec"]
RUN echo $0 > /zero
CMD echo cmd
ENTRYPOINT echo entry
HEALTHCHECK CMD echo health
`,
  },
  {
    name: "config-expose-sorts-and-splits",
    dockerfile:
      'FROM busybox\nARG ports="8080 53/udp"\nEXPOSE 20 3 100/tcp\nEXPOSE $ports 443/TCP\nEXPOSE 7000-7002\nEXPOSE 3\n',
  },
  {
    name: "config-labels-quote-and-override",
    dockerfile: `FROM busybox
LABEL one=1 "two words"="b c" three='single $HOME' four="double $PATH"
LABEL one=again old style value
LABEL multi="a \\
b" empty=
LABEL legacy the whole rest
MAINTAINER Somebody <some@body>
`,
  },
  {
    name: "config-healthcheck-in-all-forms",
    dockerfile: `FROM busybox AS none
HEALTHCHECK NONE
FROM busybox AS shell
HEALTHCHECK --interval=5m --timeout=3s --start-period=1m30s --retries=7 CMD wget -q localhost || exit 1
FROM shell
HEALTHCHECK --interval=1s CMD ["/check", "now"]
`,
  },
  {
    name: "config-stopsignal-volume-and-user",
    dockerfile:
      'FROM busybox\nARG s=9\nSTOPSIGNAL SIG$s\nSTOPSIGNAL $s\nVOLUME /b /a "/c d"\nVOLUME ["/json"]\nUSER 12:34\nWORKDIR /w\n',
  },
  {
    name: "config-onbuild-is-stored-as-written",
    context: "echo a > a",
    dockerfile: 'FROM busybox\nARG x=1\nONBUILD COPY a   /b$x\nONBUILD RUN echo "$x" > /c\nonbuild env A=b\n',
  },

  {
    name: "config-healthcheck-none",
    base: "FROM busybox\nHEALTHCHECK CMD true\n",
    dockerfile: "FROM differential-base\nHEALTHCHECK NONE\n",
  },
  {
    name: "config-cmd-of-a-child-keeps-the-entrypoint",
    base: 'FROM busybox\nENTRYPOINT ["/e"]\nCMD ["base"]\n',
    dockerfile: 'FROM differential-base\nCMD ["child"]\n',
  },
  {
    name: "config-entrypoint-of-a-child-resets-cmd",
    base: 'FROM busybox\nENTRYPOINT ["/e"]\nCMD ["base"]\n',
    dockerfile: "FROM differential-base\nENTRYPOINT exec child\n",
  },

  {
    name: "config-last-of-each-wins",
    dockerfile:
      'FROM busybox\nCMD one\nENTRYPOINT ["e1"]\nCMD ["two"]\nENTRYPOINT e2\nUSER a\nUSER b\nSTOPSIGNAL 1\nSTOPSIGNAL TERM\nENV PATH=$PATH:/x\nENV PATH=/y:$PATH\n',
  },
];
