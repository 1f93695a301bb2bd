import { layersError } from "../errors.ts";

/** What --chmod asks for. Octal sets every mode bit; symbolic changes the mode a file has. */
export type Chmod =
  | { readonly kind: "octal"; readonly mode: number }
  | { readonly kind: "symbolic"; readonly apply: (mode: number, isDirectory: boolean) => number };

/** @throws COPY_CONFLICT in BuildKit's words */
export function parseChmod(text: string): Chmod {
  if (/^[0-7]+$/.test(text) && Number.parseInt(text, 8) <= 0o7777)
    return { kind: "octal", mode: Number.parseInt(text, 8) };
  const changes = parseClauses(text);
  if (!changes)
    throw layersError(
      "COPY_CONFLICT",
      `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`,
      { hint: "use digits such as 0755, or letters such as u=rwX,go=rX" },
    );
  return {
    kind: "symbolic",
    apply: (mode, isDirectory) => {
      const had: Before = { executes: isDirectory || (mode & 0o111) !== 0 };
      return changes.reduce((now, change) => change(now, had), mode);
    },
  };
}

/** X asks what the file was before any clause. */
interface Before {
  readonly executes: boolean;
}

type Change = (mode: number, before: Before) => number;

const classes: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o0007, a: 0o6777 };
const stickyBit = 0o1000;
const shifts: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };
const bits: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: stickyBit };
const clausePattern = /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/;

/** POSIX chmod "symbolic_mode", read without a umask; undefined when it is none. */
function parseClauses(text: string): Change[] | undefined {
  const changes: Change[] = [];
  for (const clause of text.split(",")) {
    const match = clausePattern.exec(clause);
    if (!match) return undefined;
    const [, letters = "", actions = ""] = match;
    const who = new Set(letters === "" ? "a" : letters);
    for (const [, operator = "", permissions = ""] of actions.matchAll(/([-+=])([rwxXstugo]*)/g))
      changes.push(changesOf(who, operator, permissions));
  }
  return changes;
}

function changesOf(who: ReadonlySet<string>, operator: string, permissions: string): Change {
  const mask = [...who].reduce((all, letter) => all | (classes[letter] ?? 0), 0);
  // The sticky bit is set through others, yet "=" never clears it.
  const settable = mask | (who.has("a") || who.has("o") ? stickyBit : 0);
  const copied = permissions.split("").filter((letter) => letter in shifts);
  const named = permissions.split("").filter((letter) => !(letter in shifts));
  // "g=u" changes only read, write and execute; "g=" clears set-group-id too.
  const cleared = copied.length > 0 ? mask & 0o777 : mask;
  return (mode, before) => {
    const chosen = (granted(named, before) & settable) | (copies(copied, mode) & mask & 0o777);
    if (operator === "=") return (mode & ~cleared) | chosen;
    return operator === "+" ? mode | chosen : mode & ~chosen;
  };
}

function granted(letters: readonly string[], before: Before): number {
  const bitsOf = (letter: string): number =>
    letter === "X" ? (before.executes ? 0o111 : 0) : (bits[letter] ?? 0);
  return letters.reduce((all, letter) => all | bitsOf(letter), 0);
}

/** The rwx bits of the named classes, offered to all three. */
function copies(letters: readonly string[], mode: number): number {
  return letters.reduce((all, letter) => all | (((mode >> (shifts[letter] ?? 0)) & 7) * 0o111), 0);
}
