import type { Arguments } from "../arguments.ts";
import { type Flags, readFlags } from "../flags.ts";
import { chompTabs, heredocWord } from "../scan/heredoc.ts";
import type { AddInstruction, CopyInstruction, InlineSource } from "../instruction.ts";
import type { Token } from "../place.ts";
import { Problem } from "../problem.ts";
import type { ScannedInstruction } from "../scan/scan.ts";

export function parseCopy(scanned: ScannedInstruction, { words }: Arguments): CopyInstruction {
  needsDestination("COPY", words);
  const flags = readFlags(scanned.flags, {
    chown: "text",
    from: "text",
    chmod: "text",
    link: "boolean",
    parents: "boolean",
    exclude: "list",
  });
  return {
    kind: "copy",
    scanned,
    ...sourcesAndDestination("COPY", scanned, words),
    ...common(flags),
    from: flags.text("from") ?? "",
    parents: flags.boolean("parents") ?? false,
  };
}

export function parseAdd(scanned: ScannedInstruction, { words }: Arguments): AddInstruction {
  needsDestination("ADD", words);
  const flags = readFlags(scanned.flags, {
    chown: "text",
    chmod: "text",
    link: "boolean",
    "keep-git-dir": "boolean",
    checksum: "text",
    unpack: "boolean",
    exclude: "list",
  });
  return {
    kind: "add",
    scanned,
    ...sourcesAndDestination("ADD", scanned, words),
    ...common(flags),
    checksum: flags.text("checksum") ?? "",
    keepGitDir: flags.boolean("keep-git-dir"),
    unpack: flags.boolean("unpack"),
  };
}

function needsDestination(keyword: string, words: readonly Token[]): void {
  if (words.length >= 2) return;
  throw new Problem(
    `${keyword} requires at least two arguments, but only one was provided. Destination could not be determined`,
    { hint: `write ${keyword} source destination` },
  );
}

function common(flags: Flags): {
  readonly chown: string;
  readonly chmod: string;
  readonly link: boolean;
  readonly exclude: readonly string[];
} {
  return {
    chown: flags.text("chown") ?? "",
    chmod: flags.text("chmod") ?? "",
    link: flags.boolean("link") ?? false,
    exclude: flags.list("exclude").map(({ text }) => text),
  };
}

function sourcesAndDestination(
  keyword: string,
  scanned: ScannedInstruction,
  words: readonly Token[],
): {
  readonly sources: readonly Token[];
  readonly inline: readonly InlineSource[];
  readonly destination: Token;
} {
  const destination = words.at(-1) ?? scanned.rest;
  if (heredocWord(destination.text) !== undefined)
    throw new Problem(`${keyword} cannot accept a heredoc as a destination`, {
      token: destination,
      hint: `name the file or directory to write behind ${destination.text}`,
    });
  const bodies = new Map(scanned.heredocs.map(({ name, content }) => [name, content]));
  const sources: Token[] = [];
  const inline: InlineSource[] = [];
  for (const word of words.slice(0, -1)) {
    const opening = heredocWord(word.text);
    if (opening === undefined) {
      sources.push(word);
      continue;
    }
    const body = bodies.get(opening.name) ?? "";
    const content = opening.chomp ? chompTabs(body) : body;
    inline.push({ name: opening.name, content, expand: opening.expand });
  }
  return { sources, inline, destination };
}
