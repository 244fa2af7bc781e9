/** Texts in the person's language: the English text is the key, `{0}` stands for the first argument. */

let texts: Readonly<Record<string, string>> = {};

export function useTexts(table: Readonly<Record<string, string>>): void {
  texts = table;
}

export function t(english: string, ...values: readonly (string | number)[]): string {
  const text = Object.hasOwn(texts, english) ? (texts[english] ?? english) : english;
  return text.replace(/\{(\d+)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
}
