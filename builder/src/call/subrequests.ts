import { renderTable } from "./table.ts";

/** A question that a frontend answers, as BuildKit describes it. */
export interface Subrequest {
  readonly name: string;
  readonly version: string;
  readonly type: "rpc";
  readonly description: string;
  readonly opts: readonly Named[] | null;
  readonly inputs: readonly Named[] | null;
  readonly metadata: readonly Named[] | null;
  readonly refs: readonly Named[] | null;
}

interface Named {
  readonly name: string;
  readonly description: string;
}

const prefix = "frontend.";

/** What `--call subrequests.describe,format=json` prints: the questions that BuildKit's frontend lists. */
export const subrequests: readonly Subrequest[] = [
  subrequest("outline", "List all parameters current build target supports", [
    { name: "target", description: "Target build stage" },
  ]),
  subrequest("targets", "List all targets current build supports", []),
  subrequest("subrequests.describe", "List available subrequest types", null),
];

function subrequest(name: string, description: string, opts: readonly Named[] | null): Subrequest {
  const metadata = ["result.json", "result.txt"].map((each) => ({ name: each, description: "" }));
  return {
    name: `${prefix}${name}`,
    version: "1.0.0",
    type: "rpc",
    description,
    opts,
    inputs: null,
    metadata,
    refs: null,
  };
}

/** The list for people. */
export function renderSubrequests(list: readonly Subrequest[]): string {
  const rows = list.map(({ name, version, description }) => [
    name.slice(prefix.length),
    version,
    description,
  ]);
  return renderTable(["NAME", "VERSION", "DESCRIPTION"], rows, " ");
}
