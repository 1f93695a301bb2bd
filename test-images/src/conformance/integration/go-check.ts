import type { RecordedBuild, RecordedCheck } from "./case.ts";

/** An assertion on a file of the local export whose both sides stand in the recording. */
export interface FileAssertion {
  readonly file: string;
  readonly kind: "equal" | "contains" | "lacks";
  readonly text: string;
}

type Values = ReadonlyMap<string, string>;

/** What a recorded check is, as far as the recording tells. */
export type ReadCheck =
  /** That the build, or a step of its preparation, succeeds: that has been judged. */
  | { readonly kind: "outcome" }
  /** A file of the export, with its content or without. */
  | { readonly kind: "file"; readonly file: string; readonly equals: string | undefined }
  | { readonly kind: "assertion"; readonly assertion: FileAssertion }
  /** Text of the test's program, which somebody has to rewrite. */
  | { readonly kind: "program" };

/** `string(os.ReadFile(filepath.Join(destDir, "NAME")))`, with or without `string` and trimming. */
const readFile =
  /^go: (?:strings\.TrimSpace\()?(?:string\()?os\.ReadFile\(filepath\.Join\([\w.]+, "([^"]+)"\)\)\)?\)?$/;

const assertionKinds: Readonly<Record<string, FileAssertion["kind"]>> = {
  equal: "equal",
  Contains: "contains",
  NotContains: "lacks",
};

/** Each recorded check of a build with what can be made of it. */
export function readChecks({ checks = [] }: RecordedBuild, values: Values): readonly ReadCheck[] {
  return checks.map((check) => readCheck(check, values));
}

function readCheck(check: RecordedCheck, values: Values): ReadCheck {
  const { file, equals } = check;
  if (file !== undefined)
    return isProgram(file) || (isProgram(equals) && !values.has(equals.slice("go: ".length)))
      ? { kind: "program" }
      : { kind: "file", file, equals };
  const [[name, sides] = ["", undefined], ...more] = Object.entries(check) as [string, unknown][];
  if (more.length > 0 || !Array.isArray(sides)) return { kind: "program" };
  if (name === "NoError") return { kind: "outcome" };
  return assertionOf(assertionKinds[name], sides) ?? { kind: "program" };
}

function isProgram(text: string | undefined): text is string {
  return text?.startsWith("go: ") === true;
}

/** Only where one side is a file of the export and the other is data: two files may be of two builds. */
function assertionOf(
  kind: FileAssertion["kind"] | undefined,
  sides: readonly unknown[],
): ReadCheck | undefined {
  const texts = sides.filter((side) => typeof side === "string");
  const [file] = texts.flatMap((text) => readFile.exec(text)?.[1] ?? []);
  const data = texts.filter((text) => !isProgram(text));
  const [text] = data;
  if (kind === undefined || file === undefined || text === undefined || sides.length !== 2) return undefined;
  return { kind: "assertion", assertion: { file, kind, text } };
}
