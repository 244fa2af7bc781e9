/** The edits that fixes are made of. Each returns `null` where the text does not allow it safely. */
import type { CallText } from './callText';
import type { ArgumentText } from './callText';
import type { Edit } from './finding';
import type { SourceText, Span } from './sourceText';

export function replaceSpan(text: SourceText, span: Span, by: string): Edit {
  return { range: text.rangeOf(span), text: by };
}

/** Gives an argument a value: replaces what it has, or adds `name=value` behind the others. */
export function setArgument(
  text: SourceText,
  call: CallText,
  name: string,
  written: ArgumentText | null,
  value: string
): Edit {
  if (written !== null) return replaceSpan(text, written.value, value);
  const entry = call.language === 'python' ? `${name}=${value}` : `${name}: ${value}`;
  const last = call.args.at(-1);
  if (last === undefined) return insertAt(text, call, call.inside.from, entry);
  return insertAt(text, call, last.whole.to, `, ${entry}`);
}

function insertAt(text: SourceText, call: CallText, at: number, entry: string): Edit {
  return replaceSpan(text, { cell: call.inside.cell, from: at, to: at }, entry);
}

/** Takes an argument out together with the comma that goes with it. */
export function removeArgument(text: SourceText, call: CallText, written: ArgumentText): Edit {
  const index = call.args.indexOf(written);
  const next = call.args[index + 1];
  const previous = call.args[index - 1];
  const { cell, from, to } = written.whole;
  if (next !== undefined) return replaceSpan(text, { cell, from, to: next.whole.from }, '');
  if (previous !== undefined) return replaceSpan(text, { cell, from: previous.whole.to, to }, '');
  return replaceSpan(text, call.inside, '');
}

/**
 * Takes out the line of a layer that stands alone on its lines, in a list or in `model.add(…)`; `null` where other code
 * shares them.
 */
export function removeLayerLine(text: SourceText, call: CallText): Edit | null {
  const { startLine, endLine, cell } = text.rangeOf(call.whole);
  const lines = Array.from({ length: endLine - startLine + 1 }, (_, i) => text.line(cell, startLine + i)).join('\n');
  const written = text.slice(call.whole);
  const rest = lines.replace(written, () => '\u0000');
  const alone = /^\s*(?:[A-Za-z_]\w*\.add\(\s*)?\0\s*\)?\s*,?\s*(?:(?:#|\/\/).*)?$/.test(rest);
  const added = /\.add\(/.test(rest);
  const bracketsFit = added === /\0\s*\)/.test(rest);
  if (!alone || !bracketsFit) return null;
  return {
    range: {
      startLine,
      startColumn: 0,
      endLine: endLine + 1,
      endColumn: 0,
      ...(cell === undefined ? {} : { cell })
    },
    text: ''
  };
}

/**
 * Calls another class of the same module (`layers.Flatten` to `layers.GlobalAveragePooling2D`); a bare name has to be
 * imported already.
 */
export function renameCallee(text: SourceText, call: CallText, name: string): Edit | null {
  const qualified = call.callee.includes('.');
  const imported = new RegExp(`\\bimport\\b[^\\n#]*(?:\\b${name}\\b|\\*)|^\\s*${name}\\s*[,)]`, 'm').test(text.whole);
  return qualified || imported ? replaceSpan(text, call.nameSpan, name) : null;
}
