import { parseArgs } from "node:util";
import { languageProperties, plainTrial } from "@tsbuild/builder/testing";

/**
 * Files of one shape, each twice the one before, up to the largest that is read: what takes much more than twice the time
 * of its half is quadratic. `node test-images/src/scale-language.ts [SHAPE ...]`.
 */
const largest = 1024 * 1024;
const counts = [4096, 8192, 16_384, 32_768, 65_536, 131_072];

/** A shape that took this many milliseconds is not doubled again. */
const patience = 5000;

type Shape = (count: number) => string;

const from = "FROM scratch\n";
const lines = (count: number, line: (index: number) => string): string =>
  from + Array.from({ length: count }, (_, index) => line(index)).join("\n");
/** One instruction of many words, over as many lines as it takes. */
const words = (keyword: string, count: number, word: (index: number) => string): string =>
  `${from}${keyword} ${Array.from({ length: count }, (_, index) => word(index)).join(" \\\n")}`;

const shapes: Readonly<Record<string, Shape>> = {
  "RUN lines": (count) => lines(count, () => "RUN x"),
  "lines of 60 KiB": (count) => lines(count / 4096, () => `RUN ${"x".repeat(60_000)}`),
  "blank lines": (count) => from + "\n".repeat(count * 8),
  comments: (count) => lines(count, () => "# x"),
  continuations: (count) => `${from}RUN x${" \\\n".repeat(count * 2)}`,
  "empty continuations": (count) => `${from}RUN x \\\n${"\n".repeat(count * 8)}`,
  "comments in a continuation": (count) => `${from}RUN x \\\n${"#\n".repeat(count * 4)}`,
  backslashes: (count) => `${from}RUN x${`${"\\".repeat(1000)}\n`.repeat(count / 128)}`,
  "carriage returns": (count) => `${from}RUN x${"\r".repeat(Math.min(count * 4, 60_000))}`,
  "ENV words": (count) => words("ENV", count, (index) => `A${index}=1`),
  "ENV lines": (count) => lines(count, (index) => `ENV A${index}=1`),
  "ENV of the same name": (count) => lines(count, () => "ENV A=$A"),
  "ENV that doubles": (count) => lines(count, () => "ENV A=x$A$A"),
  "ENV that grows": (count) => lines(count, () => "ENV A=${A}x"),
  "ENV of 2 KiB values": (count) =>
    `${from}ENV B=${"x".repeat(2000)}\n${lines(count, (index) => `ENV A${index % 1000}=$B`).slice(from.length)}`,
  "unset variables in a word": (count) => words("ENV", count, (index) => `A${index}=$B${index}`),
  "unset variables in lines": (count) => lines(count, (index) => `ENV A${index}=$B${index}`),
  "unset variables and many ARGs": (count) => lines(count, (index) => `ARG A${index}\nENV B=$C${index}`),
  "LABEL words": (count) => words("LABEL", count, (index) => `a${index}=1`),
  "ARG words": (count) => words("ARG", count, (index) => `A${index}=1`),
  "ARG lines": (count) => lines(count, (index) => `ARG A${index}=1`),
  "ARG lines, each with a RUN": (count) => lines(count, (index) => `ARG A${index}=1\nRUN x`),
  "global ARGs": (count) =>
    `${Array.from({ length: count }, (_, index) => `ARG A${index}=$A${index - 1}x`).join("\n")}\n${from}`,
  "global ARGs, each with a FROM": (count) =>
    Array.from({ length: count }, (_, index) => `ARG A${index}`).join("\n") +
    `\n${`FROM $B\n`.repeat(count)}`,
  "FROM scratch": (count) => lines(count, () => "FROM scratch"),
  "stages in a chain": (count) =>
    lines(count, (index) => `FROM ${index === 0 ? "scratch" : `s${index - 1}`} AS s${index}`),
  "stages with a RUN in a chain": (count) =>
    lines(count, (index) => `FROM ${index === 0 ? "scratch" : `s${index - 1}`} AS s${index}\nRUN x`),
  "stages that copy from the one before": (count) =>
    lines(count, (index) => `FROM scratch AS s${index}\nCOPY --from=${Math.max(0, index)} a b`),
  "stages that copy from all images": (count) => lines(count, (index) => `COPY --from=image${index} a b`),
  "stages of one name": (count) => lines(count, () => "FROM scratch AS a"),
  "unset variables in FROM": (count) => lines(count, (index) => `FROM scratch$B${index}`),
  "ONBUILD lines": (count) => lines(count, () => "ONBUILD RUN x"),
  "ONBUILD times stages": (count) =>
    `FROM scratch AS a\n${"ONBUILD RUN x\n".repeat(count)}${"FROM a\n".repeat(count)}`,
  "ONBUILD of a copy, down a chain": (count) =>
    lines(
      count,
      (index) =>
        `FROM ${index === 0 ? "scratch" : `s${index - 1}`} AS s${index}\nONBUILD COPY --from=i${index} a b`,
    ),
  "ONBUILD ONBUILD": (count) => `${from}${"ONBUILD \\\n".repeat(count)}`,
  "COPY sources": (count) => words("COPY", count, (index) => `a${index}`),
  "ADD of URLs": (count) => words("ADD", count, (index) => `http://h/${index}`),
  "COPY heredocs in a line": (count) =>
    `${from}COPY ${Array.from({ length: count }, (_, index) => `<<E${index}`).join(" \\\n")} /x/\n${Array.from({ length: count }, (_, index) => `E${index}\n`).join("")}`,
  "COPY heredoc lines": (count) => lines(count, () => "COPY <<E /x\n$A\nE"),
  "RUN heredocs in a line": (count) =>
    `${from}RUN cat ${Array.from({ length: count }, (_, index) => `<<E${index}`).join(" \\\n")}\n${Array.from({ length: count }, (_, index) => `E${index}\n`).join("")}`,
  "RUN heredoc lines": (count) => lines(count, () => "RUN <<E\nx\nE"),
  "heredocs that do not end": (count) => lines(count, () => "RUN <<E"),
  "heredoc of many lines": (count) => `${from}COPY <<E /x\n${"$A 'x\n".repeat(count * 2)}E\n`,
  "heredoc of tabs": (count) => `${from}COPY <<-E /x\n${"\t\n".repeat(count * 4)}E\n`,
  "less-than signs": (count) => lines(count / 1024, () => `RUN ${"<".repeat(30_000)}`),
  "heredoc with a long name": (count) => lines(count / 1024, () => `RUN <<${"1".repeat(30_000)}`),
  "digits and no heredoc": (count) => lines(count / 1024, () => `RUN ${"1".repeat(30_000)}<`),
  "blanks and no heredoc": (count) => lines(count / 1024, () => `RUN <<${" ".repeat(30_000)}<`),
  "flags of COPY": (count) => words("COPY", count, () => "--exclude=a"),
  "unknown flags": (count) => words("RUN", count, (index) => `--a${index}`),
  mounts: (count) => words("RUN", count, (index) => `--mount=type=tmpfs,target=/${index}`),
  "bind mounts from images": (count) =>
    words("RUN", count, (index) => `--mount=from=i${index},target=/${index}`),
  "secrets in the environment": (count) =>
    words("RUN", count, (index) => `--mount=type=secret,id=a,env=E${index}`),
  "fields of a mount": (count) => `${from}RUN --mount=${"rw,\\\n".repeat(count)}target=/a x`,
  devices: (count) => words("RUN", count, (index) => `--device=a${index}`),
  "JSON of brackets": (count) => `${from}CMD ${"[".repeat(Math.min(count * 2, 60_000))}`,
  "JSON of brackets over lines": (count) => `${from}CMD ${"[[[[[[[[\\\n".repeat(count)}`,
  "JSON of closed brackets": (count) =>
    `${from}CMD ${"[[[[[[[[\\\n".repeat(count / 2)}${"]]]]]]]]\\\n".repeat(count / 2)}`,
  "JSON of strings": (count) => `${from}CMD [${Array.from({ length: count }, () => '"a"').join(",\\\n")}]`,
  "EXPOSE words": (count) => words("EXPOSE", count, (index) => `${index % 65_535}`),
  "EXPOSE ranges": (count) => lines(count, () => "EXPOSE 1-65535"),
  "EXPOSE out of one variable": (count) =>
    `${from}ARG A="${"1 ".repeat(30_000)}"\n${"EXPOSE $A\n".repeat(count / 8)}`,
  "VOLUME words": (count) => words("VOLUME", count, (index) => `/${index}`),
  "WORKDIR lines": (count) => lines(count, () => "WORKDIR a"),
  "WORKDIR up": (count) => lines(count, () => "WORKDIR a/../../b"),
  "WORKDIR of a long path": (count) => lines(count / 1024, () => `WORKDIR ${"a/../".repeat(12_000)}`),
  "SHELL then RUN": (count) => `${from}SHELL ["${"x".repeat(30_000)}"]\n${"RUN x\n".repeat(count)}`,
  "CMD lines": (count) => lines(count, () => "CMD x"),
  "CMD after SHELL": (count) => `${from}SHELL ["${"x".repeat(30_000)}"]\n${"CMD x\n".repeat(count)}`,
  "USER of a long value": (count) => `${from}ARG A=${"x".repeat(30_000)}\n${"USER $A\n".repeat(count)}`,
  "HEALTHCHECK lines": (count) => lines(count, () => "HEALTHCHECK --interval=1h CMD x"),
  "HEALTHCHECK of a long duration": (count) =>
    `${from}HEALTHCHECK --interval=${"1s".repeat(Math.min(count, 30_000))} CMD x`,
  "unknown instructions": (count) => lines(count, (index) => `X${index}`),
  "a long unknown instruction": (count) => `${from}${"x".repeat(Math.min(count * 4, 60_000))}`,
  "open braces": (count) => lines(count / 1024, () => `ENV A=${"${".repeat(20_000)}`),
  "nested defaults": (count) => lines(count / 128, () => `ENV A=${"${a:-".repeat(190)}${"}".repeat(190)}`),
  "nested defaults that grow": (count) =>
    lines(count / 128, () => `ENV A=${"${a:-xxxxx".repeat(190)}${"}".repeat(190)}`),
  "variables in a word": (count) => lines(count / 4096, () => `ENV A=${"$B".repeat(20_000)}`),
  "dollar signs": (count) => lines(count / 4096, () => `ENV A=${"$".repeat(60_000)}`),
  quotes: (count) => lines(count / 4096, () => `ENV A=${`"'`.repeat(20_000)}`),
  "open quotes": (count) => lines(count, () => `ENV A="x`),
  "patterns of stars": (count) =>
    `${from}ENV B=${"a".repeat(30_000)}\n${`ENV A=\${B##${"*a".repeat(50)}b}\n`.repeat(count / 64)}`,
  "pattern of stars": (count) =>
    `${from}ENV B=${"a".repeat(60_000)}\nENV A=\${B##${"*a".repeat(Math.min(count / 2, 20_000))}b}\n`,
  "pattern that almost fits": (count) =>
    `${from}ENV B=${"a".repeat(60_000)}\nENV A=\${B//${"a".repeat(Math.min(count, 20_000))}b/x}\n`,
  "replacement that grows": (count) =>
    `${from}ENV B=${"a".repeat(1000)}\n${"ENV B=${B//a/aaaaaaaaaa}\n".repeat(count)}`,
  directives: (count) => "# escape=\\\n".repeat(count),
  "syntax of JSON": (count) => `{"syntax":"a",${"\n".repeat(count * 8)}}`,
  "a long directive": (count) =>
    `# syntax=${" ".repeat(Math.min(count * 4, 30_000))}a${" ".repeat(Math.min(count * 4, 30_000))}\n${from}`,
  "spaces in a comment": (count) => lines(count / 1024, () => `#${" ".repeat(30_000)}`),
  "check comments": (count) => lines(count, () => "# check=skip=all\nRUN x"),
  "long check comments": (count) => `# check=skip=${"A,".repeat(Math.min(count * 2, 30_000))}\n${from}`,
  "words of git addresses": (count) => words("ADD", count, (index) => `git@h:${index}.git`),
  "stage names in capitals": (count) => lines(count, (index) => `FROM scratch AS S${index}`),
  "relative WORKDIR in stages": (count) => lines(count, () => "FROM scratch\nWORKDIR a"),
  NUL: (count) => from + "\0".repeat(Math.min(count * 4, 60_000)),
  "byte-order marks": (count) => "\ufeff".repeat(Math.min(count * 4, 20_000)) + from,
  "names of letters outside ASCII": (count) => lines(count / 4096, () => `ENV A=$${"ä".repeat(20_000)}`),
};

const { positionals } = parseArgs({ allowPositionals: true });
for (const [name, shape] of Object.entries(shapes))
  if (positionals.length === 0 || positionals.includes(name)) measure(name, shape);

function measure(name: string, shape: Shape): void {
  const times: number[] = [];
  let size = 0;
  for (const count of counts) {
    const text = shape(count);
    if (Buffer.byteLength(text) > largest || (times.at(-1) ?? 0) > patience) break;
    size = text.length;
    times.push(timeOf(name, text));
  }
  const growth = ((times.at(-1) ?? 0) / (times.at(-2) ?? 1)).toFixed(1);
  const shown = times.map((time) => time.toFixed(0).padStart(6)).join("");
  console.log(`${name.padEnd(40)} ${String(size).padStart(8)} x${growth.padEnd(5)} ms:${shown}`);
}

/** CPU milliseconds of parsing, lowering and checking. */
function timeOf(name: string, text: string): number {
  const before = process.threadCpuUsage();
  for (const [property, holds] of Object.entries(languageProperties)) {
    try {
      holds(plainTrial(text));
    } catch (error) {
      console.log(`${name} of ${text.length} characters: ${property}: ${String(error).slice(0, 300)}`);
    }
  }
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
