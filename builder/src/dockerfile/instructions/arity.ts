import type { Arguments } from "../arguments.ts";
import { Problem } from "../problem.ts";

/** What stands behind a keyword, for who wrote nothing there. */
const usage: Readonly<Record<string, string>> = {
  ARG: "ARG name, or ARG name=default",
  ENV: "ENV name=value",
  EXPOSE: "EXPOSE 8080, or EXPOSE 53/udp",
  HEALTHCHECK: "HEALTHCHECK CMD command, or HEALTHCHECK NONE",
  LABEL: "LABEL name=value",
  MAINTAINER: 'LABEL org.opencontainers.image.authors="name"',
  ONBUILD: "ONBUILD instruction",
  SHELL: 'SHELL ["/bin/sh", "-c"]',
  STOPSIGNAL: "STOPSIGNAL SIGTERM",
  USER: "USER name, or USER name:group",
  VOLUME: "VOLUME /path",
  WORKDIR: "WORKDIR /path",
};

export function needsArgument(keyword: string): Problem {
  return new Problem(`${keyword} requires at least one argument`, {
    hint: `write ${usage[keyword] ?? keyword}`,
  });
}

/** @throws Problem when there is not exactly one word. */
export function exactlyOne(keyword: string, { words }: Arguments): string {
  const [word] = words;
  if (word === undefined || words.length !== 1)
    throw new Problem(`${keyword} requires exactly one argument`, {
      hint: `write ${usage[keyword] ?? keyword}`,
    });
  return word.text;
}

/** What the comment lines above say of a name: `# name text`. */
export function describedBy(comments: readonly string[], name: string | undefined): string {
  if (name === undefined || name === "") return "";
  const comment = comments.find((line) => line.startsWith(`${name} `));
  return comment?.slice(name.length + 1) ?? "";
}
