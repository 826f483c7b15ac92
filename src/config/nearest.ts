/**
 * "Did you mean …?" for keys, commands and flags.
 *
 * @module
 */

/** The known word that `word` was probably meant to be, if any is close. */
export function nearest(
  word: string,
  known: readonly string[],
): string | undefined {
  const worst = Math.ceil(word.length / 3);
  let best: { word: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(word.slice(0, 64), candidate);
    if (distance <= worst && distance < (best?.distance ?? Infinity)) {
      best = { word: candidate, distance };
    }
  }
  return best?.word ??
    known.find((candidate) => word.length > 2 && candidate.startsWith(word));
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, substituted));
    }
    row = next;
  }
  return row[b.length]!;
}
