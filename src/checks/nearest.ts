/** The word a person most likely meant. */

/**
 * Edits that turn one word into another: insertions, deletions, substitutions and swaps of neighbours (optimal string
 * alignment distance).
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** The closest of `words`, if it is near enough to be meant: at most a third of its letters differ, or one extends the other. */
export function nearestWord(word: string, words: Iterable<string>): string | null {
  const plain = (text: string): string => text.toLowerCase().replace(/_/g, '');
  const written = plain(word);
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const candidate of words) {
    const meant = plain(candidate);
    const distance = editDistance(written, meant);
    const part = written.length >= 3 && (meant.startsWith(written) || written.startsWith(meant)) ? 0.5 : 0;
    const rank = part > 0 ? Math.min(distance, 1.5) : distance;
    if ((part > 0 || distance <= Math.max(1, Math.floor(meant.length / 3))) && rank < bestDistance) {
      best = candidate;
      bestDistance = rank;
    }
  }
  return best;
}
