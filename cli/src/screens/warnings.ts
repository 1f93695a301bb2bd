import { type BuildEvent, type BuildRequest, renderLines } from "@tsbuild/builder";

type Warning = BuildEvent & { kind: "warning" };

/** What the checks found in the Dockerfile, for the end of the build. */
export interface WarningList {
  observe(event: BuildEvent): void;
  /** As buildx lists them; expanded with description, page and lines. Empty when there are none. */
  text(form: "short" | "expanded"): string;
  /** In the order of their lines. */
  sorted(): readonly Warning[];
}

export function createWarningList({ name, text }: BuildRequest["dockerfile"]): WarningList {
  const warnings: Warning[] = [];
  const sorted = (): readonly Warning[] => warnings.toSorted((left, right) => lineOf(left) - lineOf(right));
  return {
    sorted,
    observe: (event) => {
      if (event.kind === "warning" && event.rule !== undefined) warnings.push(event);
    },
    text: (form) => {
      if (warnings.length === 0) return "";
      const count = warnings.length === 1 ? "1 warning found" : `${warnings.length} warnings found`;
      if (form === "short")
        return `\n ${count} (use --debug to expand):\n${sorted()
          .map((each) => ` - ${shortWarning(each)}\n`)
          .join("")}`;
      const source = { file: name, text };
      return `\n ${count}:\n${sorted()
        .map((each) => expanded(each, source))
        .join("")}`;
    },
  };
}

/** `Rule: sentence (line 3)` */
export function shortWarning({ rule, message, location }: Warning): string {
  const line = location === undefined ? "" : ` (line ${location.line})`;
  return rule === undefined ? message : `${rule}: ${message}${line}`;
}

function lineOf({ location }: Warning): number {
  return location?.line ?? 0;
}

function expanded(warning: Warning, source: { readonly file: string; readonly text: string }): string {
  const { detail, url, location } = warning;
  const lines = [` - ${shortWarning(warning)}\n`];
  if (detail !== undefined) lines.push(`${detail}\n`);
  if (url !== undefined) lines.push(`More info: ${url}\n`);
  if (location?.file === source.file)
    lines.push(renderLines(source, { startLine: location.line, endLine: location.endLine ?? location.line }));
  return `${lines.join("")}\n`;
}
