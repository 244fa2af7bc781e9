/**
 * Numbers as the display language writes them. Like the texts, a process is given its language once, when it starts;
 * the command line never is, and what it writes, and every file, keeps the decimal point.
 */

interface Separators {
  readonly decimal: string;
  readonly group: string;
}

const english: Separators = { decimal: '.', group: ',' };
let separators = english;
let tag = 'en';

/** @param name a BCP 47 tag; one that is not known means English. */
export function useLanguage(name: string): void {
  separators = separatorsOf(name);
  tag = name;
}

/** The language this process was given. */
export function language(): string {
  return tag;
}

function separatorsOf(language: string): Separators {
  try {
    const parts = new Intl.NumberFormat(language).formatToParts(-1_234_567.8);
    const part = (type: Intl.NumberFormatPartTypes, otherwise: string) =>
      parts.find((one) => one.type === type)?.value ?? otherwise;
    return { decimal: part('decimal', english.decimal), group: part('group', english.group) };
  } catch {
    return english;
  }
}

/** `1,234.5` in the display language: `1.234,5` in German. @param number one number, written in English. */
export function inLanguage(number: string): string {
  if (separators === english) return number;
  return number.replace(/[.,]/g, (sign) => (sign === '.' ? separators.decimal : separators.group));
}
