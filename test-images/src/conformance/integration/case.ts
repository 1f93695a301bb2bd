/** One step of making a context, as the tests record it. */
export interface ContextStep {
  readonly op: string;
  readonly path: string;
  readonly content?: string;
  readonly target?: string;
  readonly mode?: string;
}

/** One build of a test. Text that starts with `go:` or holds `{{…}}` is an expression of the test's program. */
export interface RecordedBuild {
  readonly subtest?: string;
  readonly dockerfile?: string;
  readonly context?: readonly (ContextStep | string)[] | string;
  readonly frontend_attrs?: Readonly<Record<string, string>> | string;
  readonly exports?: readonly (RecordedExport | string)[];
  readonly session?: readonly string[];
  readonly entitlements?: readonly string[];
  readonly extra_local_mounts?: Readonly<Record<string, readonly ContextStep[]>>;
  readonly cache_exports?: readonly RecordedExport[];
  readonly cache_imports?: readonly RecordedExport[];
  readonly api_call?: string | undefined;
  readonly expect: {
    readonly result: "success" | "error";
    readonly error_contains?: readonly string[];
    readonly error_regexp?: readonly string[];
  };
  readonly checks?: readonly RecordedCheck[];
}

/** Where the result of a build went. */
export interface RecordedExport {
  readonly Type: string;
  readonly Attrs?: Readonly<Record<string, string>> | string;
}

/** Of the checks only those of files are data; the others are the test's program. */
export interface RecordedCheck {
  readonly file?: string;
  readonly equals?: string;
}

/** A test with its builds, in their order. */
export interface RecordedTest {
  readonly test: string;
  readonly builds: readonly RecordedBuild[];
}

/** What makes a build impossible to run from the data alone. */
export class NotRunnable extends Error {}

/** Replaces the expressions that have a value here. @throws NotRunnable for any other. */
export function resolveText(text: string, values: ReadonlyMap<string, string>): string {
  if (text.startsWith("go: ")) return valueOf(text.slice("go: ".length), values);
  return text.replaceAll(/\{\{(.*?)\}\}/g, (_, expression: string) => valueOf(expression, values));
}

function valueOf(expression: string, values: ReadonlyMap<string, string>): string {
  const [, template, parameters] =
    /^applyTemplate\(`([^`]*)`, map\[string\]string\{(.*)\}\)$/s.exec(expression) ?? [];
  if (template !== undefined) return filled(template, parameters ?? "", values);
  const value = values.get(expression);
  if (value === undefined)
    throw new NotRunnable(`a value of the test's program: ${expression.split("\n")[0]}`);
  return value;
}

/** A template of the test's program, whose parameters are expressions. */
function filled(template: string, parameters: string, values: ReadonlyMap<string, string>): string {
  const expressions = new Map(
    [...parameters.matchAll(/"(\w+)":\s*([^,\s]+),/g)].map(([, name = "", value = ""]) => [name, value]),
  );
  return template.replaceAll(/\{\{\.(\w+)\}\}/g, (_, name: string) =>
    valueOf(expressions.get(name) ?? "", values),
  );
}
