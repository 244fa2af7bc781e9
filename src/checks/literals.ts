/** Values that the text spells out: numbers, words, `None`, and tuples of these. Anything else is not known here. */

export type LiteralValue = number | string | boolean | null | readonly LiteralValue[];

/** `undefined` where the text is no literal. */
export function literalOf(text: string): LiteralValue | undefined {
  const trimmed = text.trim();
  if (/^[-+]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][-+]?\d+)?$/.test(trimmed)) return Number(trimmed.replace(/_/g, ''));
  const quoted = /^(['"])((?:(?!\1)[^\\\n])*)\1$/.exec(trimmed);
  if (quoted !== null) return quoted[2] ?? '';
  if (trimmed === 'True' || trimmed === 'true') return true;
  if (trimmed === 'False' || trimmed === 'false') return false;
  if (trimmed === 'None' || trimmed === 'null') return null;
  const inner = /^[([]([^()[\]'"#]*)[)\]]$/.exec(trimmed)?.[1];
  if (inner === undefined) return undefined;
  const items = inner
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map(literalOf);
  const known = items.filter((item) => item !== undefined);
  return known.length === items.length ? known : undefined;
}
