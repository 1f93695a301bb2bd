/** Words further away than this are no suggestion. */
const maxDistance = 2;

/** Longer words are not compared, nor are more than these. */
const maxWordLength = 200;
const maxOptions = 1000;

/** The option nearest to a mistyped word, or undefined when none is near or the word is right. */
export function nearest(
  word: string,
  options: Iterable<string>,
  { ignoreCase = false }: { readonly ignoreCase?: boolean } = {},
): string | undefined {
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  const wanted = fold(word);
  if (wanted.length > maxWordLength) return undefined;
  let best: string | undefined;
  let bestDistance = maxDistance + 1;
  let compared = 0;
  for (const option of options) {
    const folded = fold(option);
    if (folded === wanted) return undefined;
    if (Math.abs(folded.length - wanted.length) >= bestDistance || compared++ >= maxOptions) continue;
    const distance = editDistance(wanted, folded, bestDistance);
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

/** Levenshtein distance, or at least `limit` when it is not below it. */
function editDistance(left: string, right: string, limit: number): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 0; i < left.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < right.length; j++) {
      const replaced = (row[j] ?? 0) + (left.charCodeAt(i) === right.charCodeAt(j) ? 0 : 1);
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, replaced));
    }
    if (Math.min(...next) >= limit) return limit;
    row = next;
  }
  return row[right.length] ?? limit;
}
