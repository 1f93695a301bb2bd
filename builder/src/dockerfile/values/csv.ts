import { Problem } from "../problem.ts";

/**
 * The fields of one comma-separated record (RFC 4180 as Go reads it): a field that starts with a quote ends
 * with one, `""` inside it is a quote, and a bare quote elsewhere is an error.
 */
export function parseCsvRecord(text: string): readonly string[] {
  if (text === "") throw new Problem("failed to parse csv mounts: EOF");
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const field = text.charAt(at) === '"' ? readQuoted(text, at) : readBare(text, at);
    fields.push(field.value);
    at = field.end;
    if (at >= text.length) return fields;
    at++;
  }
}

function readBare(text: string, start: number): { readonly value: string; readonly end: number } {
  const comma = text.indexOf(",", start);
  const end = comma < 0 ? text.length : comma;
  const value = text.slice(start, end);
  if (value.includes('"')) throw new Problem('failed to parse csv mounts: bare " in non-quoted field');
  return { value, end };
}

function readQuoted(text: string, start: number): { readonly value: string; readonly end: number } {
  let value = "";
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) throw new Problem('failed to parse csv mounts: extraneous or missing " in quoted-field');
    value += text.slice(at, quote);
    at = quote + 1;
    if (text.charAt(at) !== '"') break;
    value += '"';
    at++;
  }
  if (at < text.length && text.charAt(at) !== ",")
    throw new Problem('failed to parse csv mounts: extraneous or missing " in quoted-field');
  return { value, end: at };
}
