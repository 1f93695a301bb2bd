import assert from "node:assert/strict";
import { test } from "node:test";
import { TsbuildError } from "@tsbuild/runner-native";
import { maxLineBytes } from "../../limits.ts";
import { readSource } from "./lines.ts";
import { rangeOf } from "../place.ts";
import { type ScannedFile, scan } from "./scan.ts";

function scanned(text: string): ScannedFile {
  return scan(readSource("Dockerfile", text));
}

for (const [name, text, want] of [
  ["continuation lines are joined with nothing in between", "RUN a\\\nb", ["RUN ab"]],
  ["blanks behind the escape character still continue", "RUN a \\ \t\nb", ["RUN a b"]],
  ["an escaped escape character does not continue", "RUN a\\\\\nRUN b", ["RUN a\\\\", "RUN b"]],
  ["three escape characters do not continue either", "RUN a\\\\\\\nRUN b", ["RUN a\\\\\\", "RUN b"]],
  ["continuation lines keep their indentation", "  RUN a \\\n   b", ["RUN a    b"]],
  ["a comment inside a continuation goes", "RUN a \\\n  # note\n  b", ["RUN a   b"]],
  ["a blank line inside a continuation goes", "RUN a \\\n\n  b", ["RUN a   b"]],
  ["a continuation can split the keyword", "RU\\\nN a", ["RUN a"]],
  ["the end of the file ends a continuation", "RUN a \\\n", ["RUN a "]],
  ["a carriage return before the newline goes", "RUN a\r\nRUN b\r\n", ["RUN a", "RUN b"]],
  ["a lone carriage return is no line end", "RUN a\rb\n", ["RUN a\rb"]],
  ["a byte-order mark goes", "\ufeffFROM a", ["FROM a"]],
  ["the escape directive changes continuations", "# escape=`\nRUN a\\\nRUN b`\nc", ["RUN a\\", "RUN bc"]],
  ["a directive behind a blank line is a comment", "\n# escape=`\nRUN a`\nRUN b", ["RUN a`", "RUN b"]],
  ["a directive behind an unknown one is a comment", "# x=y\n# escape=`\nRUN a\\\nb", ["RUN ab"]],
] as const)
  test(name, () => {
    assert.deepEqual(
      scanned(text).instructions.map((instruction) => instruction.text),
      want,
    );
  });

for (const [name, text, names, contents] of [
  ["one heredoc", "RUN <<EOF\na\nEOF", ["EOF"], ["a\n"]],
  ["two on one line, bodies in order", "COPY <<A <<B /\n1\nA\n2\nB", ["A", "B"], ["1\n", "2\n"]],
  ["a number in front is a file descriptor", "RUN 3<<EOF\nEOF", ["EOF"], [""]],
  ["blanks before the name", "RUN cat << EOF\na\nEOF", ["EOF"], ["a\n"]],
  ["the body is left alone", "RUN <<EOF\n# a\\\n\nEOF", ["EOF"], ["# a\\\n\n"]],
  ["a space behind the terminator is no terminator", "RUN <<EOF\nEOF \nEOF", ["EOF"], ["EOF \n"]],
  ["with a dash, tabs may stand before the terminator", "RUN <<-EOF\n\ta\n\tEOF", ["EOF"], ["\ta\n"]],
  ["quotes are no part of the name", "RUN <<'a b'\nx\na b", ["a b"], ["x\n"]],
  ["behind ONBUILD", "ONBUILD RUN <<EOF\na\nEOF", ["EOF"], ["a\n"]],
  ["none in quotes", "RUN echo '<<EOF'", [], []],
  ["none in JSON form", 'RUN ["<<EOF"]', [], []],
  ["none in CMD", "CMD <<EOF", [], []],
  ["none for three signs", "RUN cat <<<EOF", [], []],
] as const)
  test(`heredoc: ${name}`, () => {
    const [instruction] = scanned(text).instructions;
    assert.deepEqual(
      instruction?.heredocs.map((heredoc) => heredoc.name),
      names,
    );
    assert.deepEqual(
      instruction?.heredocs.map(({ content }) => content),
      contents,
    );
  });

test("a quoted name, even in part, turns expansion off", () => {
  const expands = (word: string): unknown =>
    scanned(`COPY ${word} /\nEOF`).instructions[0]?.heredocs[0]?.expand;
  assert.deepEqual([expands("<<EOF"), expands('<<"EOF"'), expands("<<E'O'F")], [true, false, false]);
});

for (const [name, text, line, sentence] of [
  ["an unterminated heredoc", "FROM a\nRUN <<EOF\nx\n", 2, /unterminated heredoc/],
  ["an unbalanced quote in a heredoc's name", "FROM a\nRUN x\nCOPY <<'EOF", 3, undefined],
  ["nothing but comments", "# a\n# b\n", 2, /file with no instructions/],
  ["an empty file", "", 1, /the Dockerfile cannot be empty/],
] as const)
  test(`${name} is a problem with its line`, () => {
    const [problem] = scanned(text).problems;
    if (sentence === undefined) return assert.equal(problem, undefined);
    assert.match(problem?.message ?? "", sentence);
    assert.equal(problem?.location?.line, line);
  });

for (const [name, text, line] of [
  ["a repeated directive", "# escape=\\\n# ESCAPE=`\nFROM a", 2],
  ["an unknown escape character", "# syntax=a\n# escape=x\nFROM a", 2],
  ["a line of 64 KiB", `FROM a\nRUN ${"x".repeat(maxLineBytes - 4)}`, 2],
] as const)
  test(`${name} is refused`, () => {
    assert.throws(
      () => scanned(text),
      (error: unknown) => error instanceof TsbuildError && error.location?.line === line,
    );
  });

test("a line one byte shorter than 64 KiB is read", () => {
  assert.equal(scanned(`RUN ${"x".repeat(maxLineBytes - 5)}`).instructions.length, 1);
});

test("the limit of a line counts bytes, not characters", () => {
  assert.throws(() => scanned(`RUN ${"ä".repeat(maxLineBytes / 2)}`), TsbuildError);
});

test("a Dockerfile above 1 MiB is refused", () => {
  assert.throws(() => readSource("Dockerfile", Buffer.alloc(1024 * 1024, "\n")), /must stay below 1048576/);
});

test("comments above an instruction are kept, an empty one starts anew", () => {
  const { instructions } = scanned("# syntax=x\n# a\n\n# b\nFROM a\n# c\n#\n# d\nRUN x");
  assert.deepEqual(
    instructions.map(({ comments }) => comments),
    [["a", "b"], ["d"]],
  );
});

test("tokens know their place across continuations", () => {
  const [instruction] = scanned("  COPY --chown=1 \\\n\t# note\n   source /x").instructions;
  assert.ok(instruction !== undefined);
  const [flag] = instruction.flags;
  assert.deepEqual(rangeOf(instruction.segments, flag?.start ?? -1, flag?.end ?? -1), {
    startLine: 1,
    startColumn: 8,
    endLine: 1,
    endColumn: 17,
  });
  const { rest } = instruction;
  assert.equal(rest.text, "source /x");
  assert.deepEqual(rangeOf(instruction.segments, rest.start, rest.start + 6), {
    startLine: 3,
    startColumn: 4,
    endLine: 3,
    endColumn: 10,
  });
});

test("an instruction's lines include its heredocs", () => {
  const [, run] = scanned("FROM a\nRUN <<A \\\n x\n1\nA\n").instructions;
  assert.deepEqual([run?.startLine, run?.endLine], [2, 5]);
});
