import type { DifferentialCase } from "../case.ts";

/** USER and WORKDIR. */
export const userCases: readonly DifferentialCase[] = [
  {
    name: "user-decides-ids-groups-and-home-of-run",
    dockerfile: `FROM busybox
RUN mkdir -m 777 /o && id > /o/root && echo $HOME > /o/home-root
USER app
RUN id -u > /o/app && id -G >> /o/app && echo $HOME >> /o/app
USER app:staff
RUN id -u > /o/group && id -G >> /o/group
USER 4242
RUN id -u > /o/number && id -G >> /o/number
USER 4242:50
RUN id -u > /o/both && id -G >> /o/both
USER nobody
RUN umask > /o/umask && touch /o/touched
`,
  },
  {
    name: "user-unknown-fails-when-something-runs",
    dockerfile: "FROM busybox\nUSER phantom\nRUN true\n",
  },
  {
    name: "user-in-the-config-is-not-checked",
    dockerfile: "FROM busybox\nARG who=phantom\nUSER $who:crew\nENV a=b\n",
  },
  {
    name: "workdir-makes-its-parents",
    dockerfile: "FROM busybox\nWORKDIR /a/b/c\nWORKDIR d\nWORKDIR ../e\nWORKDIR /etc\nRUN pwd > /where\n",
  },
  {
    name: "workdir-belongs-to-the-user",
    dockerfile:
      "FROM busybox\nUSER app\nWORKDIR /home/app/x/y\nUSER 55:66\nWORKDIR /w\nUSER root\nWORKDIR /home/app\nRUN true\n",
  },
  {
    name: "workdir-of-a-numeric-user-without-a-group",
    dockerfile: "FROM busybox\nUSER 55\nWORKDIR /w/x\nRUN true\n",
  },
  {
    name: "workdir-through-a-link-and-with-variables",
    dockerfile: `FROM busybox
RUN mkdir /real && ln -s /real /link
ENV dir=link/sub
WORKDIR /$dir
COPY . .
RUN pwd > here
WORKDIR /\${unset:-fallback}/
RUN pwd > here
`,
    context: "echo a > a",
  },
  {
    name: "volume-loses-no-data",
    context: "mkdir d; echo ctx > d/ctx",
    dockerfile: `FROM busybox
RUN mkdir /data && echo before > /data/before
VOLUME /data /other
VOLUME ["/third volume", "/data"]
RUN echo after > /data/after && chown 5:6 /data/before
COPY d /data/
COPY d /other/
RUN rm /data/before
`,
  },

  {
    name: "user-number-of-an-account",
    dockerfile: `FROM busybox
RUN mkdir -m 777 /o
USER 1000
RUN id -u > /o/1 && id -G >> /o/1 && echo $HOME >> /o/1
USER 1000:staff
RUN id -u > /o/2 && id -G >> /o/2 && echo $HOME >> /o/2
USER app:50
RUN id -u > /o/3 && id -G >> /o/3 && echo $HOME >> /o/3
USER 4242
RUN echo $HOME > /o/4
`,
  },
  {
    name: "workdir-that-was-removed",
    dockerfile: "FROM busybox\nWORKDIR /w/x\nRUN rmdir /w/x\nRUN pwd > /where\n",
  },
  {
    name: "workdir-that-is-a-file-is-refused",
    dockerfile: "FROM busybox\nWORKDIR /etc/passwd/x\n",
  },

  {
    name: "user-home-of-env-wins",
    dockerfile:
      "FROM busybox\nRUN mkdir -m 777 /o\nENV HOME=/elsewhere\nUSER app\nRUN echo $HOME ~ > /o/home\n",
  },
];
