/** Words further away than this are no suggestion. */
const maxDistance = 2;

/** The option nearest to a mistyped word, or undefined when none is near or the word is right. */
export function nearest(
  word: string,
  options: Iterable<string>,
  { ignoreCase = false }: { readonly ignoreCase?: boolean } = {},
): string | undefined {
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  let best: string | undefined;
  let bestDistance = maxDistance + 1;
  for (const option of options) {
    if (fold(option) === fold(word)) return undefined;
    const distance = editDistance(fold(word), fold(option), bestDistance);
    if (distance < bestDistance) {
      best = option;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` (did you mean x?)`, or nothing. */
export function didYouMean(
  word: string,
  options: Iterable<string>,
  settings: { readonly ignoreCase?: boolean } = {},
): string {
  const found = nearest(word, options, settings);
  return found === undefined ? "" : ` (did you mean ${found}?)`;
}

/** Levenshtein distance, or `limit` when it is not below it. */
function editDistance(left: string, right: string, limit: number): number {
  const a = Array.from(left.slice(0, 200));
  const b = Array.from(right.slice(0, 200));
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = b.map((_, index) => index + 1);
  for (const [i, fromA] of a.entries()) {
    const next: number[] = [];
    let diagonal = i;
    let before = i + 1;
    for (const [j, fromB] of b.entries()) {
      const above = row[j] ?? 0;
      before = Math.min(before + 1, above + 1, diagonal + (fromA === fromB ? 0 : 1));
      next.push(before);
      diagonal = above;
    }
    row = next;
  }
  return b.length === 0 ? a.length : (row.at(-1) ?? 0);
}
