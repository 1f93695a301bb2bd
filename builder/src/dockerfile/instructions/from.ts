import type { Arguments } from "../arguments.ts";
import { readFlags } from "../flags.ts";
import type { FromInstruction } from "../instruction.ts";
import { Problem } from "../problem.ts";
import { quote } from "../expand/quote.ts";
import type { ScannedInstruction } from "../scan/scan.ts";
import { describedBy } from "./arity.ts";

const stageName = /^[a-z][a-z0-9-_.]*$/;

export function parseFrom(scanned: ScannedInstruction, { words }: Arguments): FromInstruction {
  const [base, keyword, name] = words;
  const as =
    words.length === 3 && keyword?.text.toLowerCase() === "as" && name !== undefined
      ? { keyword, name }
      : undefined;
  if (base === undefined || (as === undefined && words.length !== 1))
    throw new Problem("FROM requires either one or three arguments", {
      hint: "write FROM image, or FROM image AS name",
    });
  const lower = as?.name.text.toLowerCase();
  if (as !== undefined && !stageName.test(lower ?? ""))
    throw new Problem(
      `invalid name for build stage: ${quote(as.name.text)}, name can't start with a number or contain symbols`,
      { token: as.name, hint: "names start with a letter; letters, digits, - _ and . may follow" },
    );
  const flags = readFlags(scanned.flags, { platform: "text" });
  return {
    kind: "from",
    scanned,
    base,
    stageName: lower,
    as,
    platform: flags.text("platform") || undefined,
    description: describedBy(scanned.comments, lower),
  };
}
