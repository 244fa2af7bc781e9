/** Checks on a text as the editor and the command line run them, and fixes applied as an editor would. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { check } from '../../../src/checks/check';
import type { Edit, Finding } from '../../../src/checks/finding';
import { SourceText } from '../../../src/checks/sourceText';
import { summarize } from '../../../src/core/summarize';
import { analyzeSource } from '../../../src/source/analyze';
import type { CellText, Language } from '../../../src/source/types';

export const fixtures = path.resolve(__dirname, '../../fixtures/checks');

export function findingsIn(text: string, language: Language = 'python'): readonly Finding[] {
  const { definitions } = analyzeSource({ kind: 'file', language, text }, { budgetMs: 5000 });
  return check(
    definitions.map(({ key, model }) => ({ key, model, summary: summarize(model) })),
    SourceText.ofFile(text, language)
  );
}

export function findingsInCells(cells: readonly CellText[]): readonly Finding[] {
  const { definitions } = analyzeSource({ kind: 'notebook', cells }, { budgetMs: 5000 });
  return check(
    definitions.map(({ key, model }) => ({ key, model, summary: summarize(model) })),
    SourceText.ofCells(cells)
  );
}

/** The text after the edits, the last place first. */
export function applied(text: string, edits: readonly Edit[]): string {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const offset = (line: number, column: number) => Math.min((starts[line] ?? text.length) + column, text.length);
  return [...edits]
    .map(({ range, text: by }) => ({
      from: offset(range.startLine, range.startColumn),
      to: offset(range.endLine, range.endColumn),
      by
    }))
    .sort((a, b) => b.from - a.from)
    .reduce((result, { from, to, by }) => result.slice(0, from) + by + result.slice(to), text);
}

export interface Case {
  readonly name: string;
  readonly text: string;
  readonly language: Language;
  /** What the first line says; `null` for a text without faults. */
  readonly expected: { readonly severity: string; readonly code: string; readonly line: number } | null;
}

/** @param folder below the fixtures: `''` for Keras, `torch`, `tfjs` */
export function cases(folder: string): readonly Case[] {
  return readdirSync(path.join(fixtures, folder))
    .filter((name) => /\.(py|js)$/.test(name))
    .map((file) => {
      const name = path.posix.join(folder, file);
      const text = readFileSync(path.join(fixtures, name), 'utf8');
      const [, severity, code, line] = /^(?:#|\/\/) expect: (\w+)(?: ([\w-]+) (\d+))?/.exec(text) ?? [];
      if (severity === undefined) throw new Error(`${name} does not say what is expected`);
      return {
        name,
        text,
        language: name.endsWith('.py') ? 'python' : 'javascript',
        expected: code === undefined ? null : { severity, code, line: Number(line) }
      };
    });
}
