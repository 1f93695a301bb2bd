import assert from "node:assert/strict";
import { test } from "node:test";
import { findProblems, parseDockerfile } from "./stages.ts";

for (const [name, line, sentence, column] of [
  ["unknown instruction", "FRUM x", "unknown instruction: FRUM (did you mean FROM?)", 1],
  ["unknown flag", "COPY --form=a b c", "unknown flag: --form (did you mean from?)", 6],
  ["repeated flag", "COPY --link --link a b", "duplicate flag specified: --link", 13],
  ["flag without value", "COPY --from a b", "missing a value on flag: --from", 6],
  ["bad boolean", "COPY --link=1 a b", "expecting boolean value for flag --link, not: 1", 6],
  ["flag of an instruction without any", "ENV --x a=b", "unknown flag: --x", 5],
  [
    "COPY without destination",
    "COPY a",
    "COPY requires at least two arguments, but only one was provided",
    1,
  ],
  ["heredoc as destination", "COPY a <<EOF\nEOF", "COPY cannot accept a heredoc as a destination", 8],
  ["WORKDIR without path", "WORKDIR", "WORKDIR requires exactly one argument", 1],
  ["EXPOSE without port", "EXPOSE", "EXPOSE requires at least one argument", 1],
  ["blank ARG name", "ARG =x", "ARG names can not be blank", 5],
  ["SHELL not in JSON form", "SHELL /bin/sh -c", "SHELL requires the arguments to be in JSON form", 7],
  ["HEALTHCHECK of an unknown type", "HEALTHCHECK FOO x", 'Unknown type "FOO" in HEALTHCHECK (try CMD)', 13],
  ["HEALTHCHECK CMD without command", "HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD", 1],
  ["interval without unit", "HEALTHCHECK --interval=5 CMD a", 'time: invalid duration "5"', 13],
  [
    "interval too short",
    "HEALTHCHECK --interval=5us CMD a",
    'Interval "interval" cannot be less than 1ms',
    13,
  ],
  ["chained ONBUILD", "ONBUILD ONBUILD RUN x", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", 9],
  ["FROM as trigger", "ONBUILD FROM x", "FROM isn't allowed as an ONBUILD trigger", 9],
  ["variable in a mount's from", "RUN --mount=from=$A,target=/x a", "'from' doesn't support variable", 5],
  ["empty mount", "RUN --mount= a", "failed to parse csv mounts: EOF", 5],
  ["unknown network", "RUN --network=hots a", 'invalid network mode "hots" (did you mean host?)', 5],
  ["stage name that starts with a digit", "FROM a AS 1a", 'invalid name for build stage: "1a"', 11],
  ["FROM with two words", "FROM a b", "FROM requires either one or three arguments", 1],
] as const)
  test(`${name} is refused at its place`, () => {
    const [problem, ...others] = findProblems("Dockerfile", `FROM x\n${line}\n`);
    assert.deepEqual(others, []);
    assert.ok(problem !== undefined);
    assert.ok(problem.message.startsWith(`dockerfile parse error on line 2: ${sentence}`), problem.message);
    assert.deepEqual([problem.location?.line, problem.location?.column], [2, column]);
  });

for (const [name, text, sentence, line] of [
  ["ENV without value", "FROM a\nENV PATH", "ENV must have two arguments", 2],
  [
    "a pair without =",
    "FROM a\nENV a=b c",
    'Syntax error - can\'t find = in "c". Must be of the form: name=value',
    2,
  ],
  ["JSON with a number", 'FROM a\nCMD ["a", 1]', "when using JSON array syntax, arrays must be comprised", 2],
  ["an instruction before FROM", "ARG a\nRUN x", "no build stage in current context", 2],
  ["nothing but ARG", "ARG a\n", "dockerfile contains no stages to build", 1],
] as const)
  test(`${name} is refused at its line`, () => {
    const [problem] = findProblems("Dockerfile", text);
    assert.ok(problem !== undefined);
    assert.ok(problem.message.startsWith(sentence), problem.message);
    assert.equal(problem.location?.line, line);
  });

test("all problems of a file are reported together", () => {
  const problems = findProblems("Dockerfile", "FROM a\nFOO\nCOPY x\nRUN ok\nEXPOSE\n");
  assert.deepEqual(
    problems.map(({ location }) => location?.line),
    [2, 3, 5],
  );
});

test("a file without problems has none", () => {
  assert.deepEqual(findProblems("Dockerfile", "FROM a\nRUN x"), []);
});

test("stages hold their instructions, and ARGs before the first FROM are global", () => {
  const { globalArgs, stages } = parseDockerfile(
    "Dockerfile",
    "ARG A=1\nFROM a AS Base\nRUN x\nFROM Base\nCMD y\n",
  );
  assert.equal(globalArgs.length, 1);
  assert.deepEqual(
    stages.map(({ from, instructions }) => [
      from.base.text,
      from.stageName,
      ...instructions.map(({ kind }) => kind),
    ]),
    [
      ["a", "base", "run"],
      ["Base", undefined, "cmd"],
    ],
  );
});

test("the comment that starts with a name describes it", () => {
  const text = "# A what A is for\nARG A\n# build makes it\nFROM a AS build\n";
  const { globalArgs, stages } = parseDockerfile("Dockerfile", text);
  assert.equal(globalArgs[0]?.args[0]?.description, "what A is for");
  assert.equal(stages[0]?.from.description, "makes it");
});

for (const [form, line, words, kind] of [
  ["exec form", 'CMD ["a", "b c"]', ["a", "b c"], "exec"],
  ["empty exec form", "CMD []", [], "exec"],
  ["single quotes are shell form", "CMD ['a']", ["['a']"], "shell"],
  ["a missing comma is shell form", 'CMD ["a" "b"]', ['["a" "b"]'], "shell"],
  ["text behind the array is shell form", 'CMD ["a"] b', ['["a"] b'], "shell"],
  ["shell form keeps its quotes", "CMD echo 'a  b'", ["echo 'a  b'"], "shell"],
] as const)
  test(form, () => {
    const [instruction] = parseDockerfile("Dockerfile", `FROM a\n${line}`).stages[0]?.instructions ?? [];
    assert.ok(instruction?.kind === "cmd");
    assert.deepEqual(instruction.command, { form: kind, words });
  });
