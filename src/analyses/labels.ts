/** Class names as people keep them. */
import { fail, ok, type Result } from '../core/result';
import { t } from '../core/texts';

/** One name a line, a JSON list, or a JSON object from index to name (or to Keras's `[id, name]`). */
export function parseLabels(text: string, file: string): Result<readonly string[]> {
  const bad = fail({
    file,
    problem: t('is not a list of class names'),
    remedy: t('Use one name a line, or a JSON list')
  });
  if (!/^\s*[[{]/.test(text)) {
    const lines = text.split(/\r?\n/).map((line) => line.trim());
    while (lines.at(-1) === '') lines.pop();
    return lines.length === 0 || text.includes('\0') ? bad : ok(lines);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return bad;
  }
  if (typeof parsed !== 'object' || parsed === null) return bad;
  const names: string[] = [];
  for (const [key, value] of Object.entries(parsed)) {
    const index = Number(key);
    const name: unknown = Array.isArray(value) ? value.at(-1) : value;
    if (!Number.isInteger(index) || index < 0 || index > 100_000 || typeof name !== 'string') return bad;
    names[index] = name;
  }
  return names.length === 0 ? bad : ok(Array.from(names, (name, i) => name ?? String(i)));
}

/** The names where there is one for each class, else none: names of other classes would mislead. */
export function namesOf(labels: readonly string[] | null, classes: number): readonly string[] | null {
  return labels?.length === classes ? labels : null;
}
