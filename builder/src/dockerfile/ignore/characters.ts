/** A byte that is no part of a UTF-8 character has a code of its own behind Unicode: it equals only itself. */
const invalidByteBase = 0x110000;

/** The characters of a byte string as code points. */
export function decodeCharacters(bytes: string): readonly number[] {
  const codes: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { code, length } = characterAt(bytes, at);
    codes.push(code);
    at += length;
  }
  return codes;
}

/** One character of a byte string and how many bytes it takes. */
export function characterAt(bytes: string, at: number): { readonly code: number; readonly length: number } {
  const first = bytes.charCodeAt(at);
  if (first < 0x80) return { code: first, length: 1 };
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  let code = length === 1 ? 0 : first & (0xff >> (length + 1));
  for (let index = 1; index < length; index++) {
    const next = bytes.charCodeAt(at + index);
    if ((next & 0xc0) !== 0x80) return { code: invalidByteBase + first, length: 1 };
    code = (code << 6) | (next & 0x3f);
  }
  const smallest = [0, 0x80, 0x80, 0x800, 0x10000][length] ?? 0;
  const isValid = length > 1 && code >= smallest && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isValid ? { code, length } : { code: invalidByteBase + first, length: 1 };
}
