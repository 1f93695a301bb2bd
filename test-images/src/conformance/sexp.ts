import {
  quote,
  quoteList,
  readArguments,
  readSource,
  scan,
  type SplitInstruction,
} from "@tsbuild/builder/testing";

type Arguments = ReturnType<typeof readArguments>;

/** A file as BuildKit's parser dumps it: one expression in parentheses for each instruction. */
export function dumpFile(content: Uint8Array | string): string {
  const { escape, instructions, problems } = scan(readSource("Dockerfile", content));
  if (problems[0] !== undefined) throw problems[0];
  return instructions
    .map((instruction) => {
      const read = readArguments(instruction, instruction.text, escape);
      return `(${dump(instruction, read)})`;
    })
    .join("\n");
}

function dump(split: SplitInstruction, read: Arguments): string {
  const flags = split.flags.map(({ text }) => text);
  const head = split.keyword.text.toLowerCase() + (flags.length > 0 ? ` ${quoteList(flags)}` : "");
  if (read.trigger !== undefined) return `${head} (${dump(read.trigger, read.trigger.arguments)})`;
  const words = wordsOf(split, read).map(quote);
  return [head, ...words].join(" ").trim();
}

const keywords: ReadonlySet<string> = new Set(
  (
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER " +
    "VOLUME WORKDIR"
  ).split(" "),
);

/** The words of an instruction as one flat list; pairs are key, value and separator. */
export function wordsOf(split: SplitInstruction, read: Arguments): readonly string[] {
  // The parser does not look at what follows a keyword that it does not know.
  if (!keywords.has(split.keyword.text.toUpperCase())) return [""];
  if (read.pairs.length > 0)
    return read.pairs.flatMap(({ key, value, isLegacy }) => [key.text, value.text, isLegacy ? "" : "="]);
  if (read.trigger !== undefined)
    return [read.trigger.keyword.text, ...wordsOf(read.trigger, read.trigger.arguments)];
  return read.words.map(({ text }) => text);
}
