import { Problem } from "../dockerfile/problem.ts";

const octal = /^[0-7]+$/;
const clause = /^[ugoa]*(?:[-+=](?:[ugo]|[rwxXst]*))+$/;

/**
 * Checks the value of --chmod: octal up to 07777, or symbolic like `u=rwX,go=rX`.
 * @throws Problem
 */
export function checkMode(mode: string): void {
  if (mode === "") return;
  if (octal.test(mode) && Number.parseInt(mode, 8) <= 0o7777) return;
  const isNumber = /^[0-9]/.test(mode);
  if (!isNumber && mode.split(",").every((part) => clause.test(part))) return;
  throw new Problem(
    isNumber
      ? `invalid chmod parameter: '${mode}'. it should be octal string and between 0 and 07777`
      : `invalid chmod parameter: '${mode}'`,
    { hint: "write an octal mode like 0644, or a symbolic one like u=rwX,go=rX" },
  );
}
