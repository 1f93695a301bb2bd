import assert from "node:assert/strict";
import { test } from "node:test";
import { commandProblem, isFormatComplaint, keepShortOutput } from "./oci-complaint.ts";

const complaints: readonly (readonly [string, string | undefined])[] = [
  ['unable to start container process: exec: "nope": executable file not found in $PATH', "ENOENT"],
  ['unable to start container process: exec: "/nope": stat /nope: no such file or directory', "ENOENT"],
  ["executable file `nope` not found in $PATH: No such file or directory", "ENOENT"],
  ['unable to start container process: exec: "/etc/passwd": permission denied', "EACCES"],
  ["open executable: Permission denied", "EACCES"],
  ['error mounting "proc" to rootfs at "/proc": permission denied', undefined],
];
for (const [complaint, want] of complaints)
  test(`about the command or not: ${complaint.slice(0, 60)}`, () =>
    assert.equal(commandProblem(complaint), want));

const outputs: readonly (readonly [string, boolean])[] = [
  ["exec /bin/x: exec format error\n", true],
  ['{"msg":"exec container process `/bin/x`: Exec format error","level":"error"}\n', true],
  ["some output\nexec /bin/x: exec format error\n", false],
  ["sh: /bin/x: Exec format error\n", false],
];
for (const [output, want] of outputs)
  test(`${want ? "execve failed" : "the command said so itself"}: ${JSON.stringify(output.slice(0, 40))}`, () =>
    assert.equal(isFormatComplaint(output), want));

test("a long output is not kept", () => {
  const output = keepShortOutput();
  output.add(Buffer.from("short "));
  assert.equal(output.text(), "short ");
  output.add(Buffer.alloc(2000));
  assert.equal(output.text(), "");
});
