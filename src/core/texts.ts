/**
 * Texts of this process in the person's language: the English text is the key, `{0}` stands for the first argument.
 * A process is given its language once, when it starts, before the first text is made; the command line never is,
 * and stays English.
 */
import { inLanguage } from './numbers';

let texts: Readonly<Record<string, string>> = {};

/** From now on `t` answers from `table`; what it lacks stays English. */
export function useTexts(table: Readonly<Record<string, string>>): void {
  texts = table;
}

/** The text of `english`, its places filled with `values`; numbers in the display language. `scripts/l10n.mjs` collects it, so it must be a literal. */
export function t(english: string, ...values: readonly (string | number)[]): string {
  const text = Object.hasOwn(texts, english) ? (texts[english] ?? english) : english;
  return text.replace(/\{(\d+)\}/g, (whole, index: string) => {
    const value = values[Number(index)];
    return typeof value === 'number' ? inLanguage(String(value)) : (value ?? whole);
  });
}
