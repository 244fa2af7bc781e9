/** Values of Python's string and number literals. */

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['0', '\0'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['\n', '']
]);

/** The value of a literal with its prefix and quotes; an unended literal ends where the text ends. */
export function stringValue(literal: string): string {
  const opening = /^([a-zA-Z]*)('''|"""|'|")/.exec(literal);
  if (opening === null) return literal;
  const [head, prefix = '', quote = ''] = opening;
  const ended = literal.length >= head.length + quote.length && literal.endsWith(quote);
  const body = literal.slice(head.length, ended ? literal.length - quote.length : literal.length);
  return /r/i.test(prefix) ? body : unescape(body);
}

export function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([\s\S]))/g, (all, hex, unicode, char) => {
    const code: unknown = hex ?? unicode;
    if (typeof code === 'string') return String.fromCharCode(Number.parseInt(code, 16));
    return ESCAPES.get(String(char)) ?? String(all);
  });
}

/** `null` for complex numbers, which no layer takes. */
export function numberValue(literal: string): { value: number; isFloat: boolean } | null {
  const text = literal.replace(/_/g, '');
  if (/j$/i.test(text)) return null;
  const value = Number(text.replace(/\.$/, ''));
  return Number.isNaN(value) ? null : { value, isFloat: !/^0[xob]/i.test(text) && /[.eE]/.test(text) };
}
