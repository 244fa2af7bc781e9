/** `convlens check`: what fails or most likely does not do what was meant, file by file, as a linter prints it. */
import path from 'node:path';
import { check } from '../checks/check';
import { CHECK_CODES, isCheckCode, type CheckCode } from '../checks/codes';
import type { Finding } from '../checks/finding';
import { SourceText } from '../checks/sourceText';
import { summarize } from '../core/summarize';
import { analyzeSource } from '../source/analyze';
import type { SourceInput, SourceProblem } from '../source/types';
import { readArguments } from './arguments';
import { BadInput, exitCode } from './failure';
import { importsOf, isSourceFile, openModels, sourceBudgetMs, sourceInput } from './openModels';

export interface CheckOutcome {
  readonly text: string;
  readonly code: number;
}

interface CheckedFile {
  readonly file: string;
  readonly models: number;
  readonly findings: readonly Finding[];
  /** Definitions that could not be followed: nothing is said about them. */
  readonly problems: readonly SourceProblem[];
}

/** @throws {BadInput} */
export async function checkCommand(words: readonly string[]): Promise<CheckOutcome> {
  const args = readArguments('check', words, { 'max-warnings': 'text', off: 'list' });
  if (args.files.length === 0) throw new BadInput('convlens check: at least one file is needed. See convlens --help.');
  const mostWarnings = readCount(args.value('max-warnings'));
  const severities = new Map(args.values('off').map((word) => [readCode(word), 'off'] as const));
  const checked: CheckedFile[] = [];
  for (const file of args.files) checked.push(await checkFile(file, severities));
  const all = checked.flatMap(({ findings }) => findings);
  const count = (severity: Finding['severity']) => all.filter((finding) => finding.severity === severity).length;
  const totals = { errors: count('error'), warnings: count('warning'), infos: count('info') };
  const failed = totals.errors > 0 || (mostWarnings !== null && totals.warnings > mostWarnings);
  return {
    text: args.json ? JSON.stringify({ files: checked.map(portable), ...totals }) : asText(checked, totals),
    code: failed ? exitCode.findings : exitCode.done
  };
}

async function checkFile(file: string, severities: ReadonlyMap<CheckCode, 'off'>): Promise<CheckedFile> {
  if (isSourceFile(file)) {
    const input = await sourceInput(file);
    const { definitions, problems } = analyzeSource(input, { budgetMs: sourceBudgetMs, resolve: importsOf(file) });
    const inputs = definitions.map(({ key, model }) => ({ key, model, summary: summarize(model) }));
    return { file, models: inputs.length, findings: check(inputs, sourceText(input), { severities }), problems };
  }
  const { models, close } = await openModels(file);
  try {
    const inputs = models.map((model) => ({ key: model.name, model, summary: summarize(model) }));
    return { file, models: inputs.length, findings: check(inputs, null, { severities }), problems: [] };
  } finally {
    close();
  }
}

function sourceText(input: SourceInput): SourceText {
  return input.kind === 'notebook'
    ? SourceText.ofCells(input.cells)
    : SourceText.ofFile(input.text, input.language === 'python' ? 'python' : 'javascript');
}

/** @throws {BadInput} */
function readCount(word: string | undefined): number | null {
  if (word === undefined) return null;
  const count = Number(word);
  if (word.trim() !== '' && Number.isInteger(count) && count >= 0) return count;
  throw new BadInput(`convlens check: --max-warnings ${word} is no number of warnings. Give a whole number such as 0.`);
}

/** @throws {BadInput} */
function readCode(word: string): CheckCode {
  const code = word.replace(/^convlens\//, '');
  if (isCheckCode(code)) return code;
  throw new BadInput(`convlens check: --off ${word} names no check. The checks are: ${CHECK_CODES.join(', ')}.`);
}

/** One-based lines and columns, as editors show them; `cell` as everywhere counts all cells from 0. */
function portable({ file, models, findings, problems }: CheckedFile): object {
  return {
    file,
    models,
    findings: findings.map(({ severity, code, message, reason, range, definition, layer, fixes }) => ({
      severity,
      code: `convlens/${code}`,
      message,
      reason,
      line: range === null ? null : range.startLine + 1,
      column: range === null ? null : range.startColumn + 1,
      endLine: range === null ? null : range.endLine + 1,
      endColumn: range === null ? null : range.endColumn + 1,
      cell: range?.cell ?? null,
      model: definition,
      layer,
      fixes: fixes.map(({ title }) => title)
    })),
    notFollowed: problems.map(({ message, range }) => ({
      message,
      line: range === null ? null : range.startLine + 1,
      cell: range?.cell ?? null
    }))
  };
}

function asText(
  files: readonly CheckedFile[],
  { errors, warnings, infos }: { readonly errors: number; readonly warnings: number; readonly infos: number }
): string {
  const lines = files.flatMap(({ file, findings, problems }) => [
    ...findings.map((finding) => {
      const { severity, code, message, reason, range } = finding;
      return `${placeText(file, range)}: ${severity}: ${message} ${reason} [convlens/${code}]`;
    }),
    ...problems.map(({ message, range }) => `${placeText(file, range)}: not followed: ${message}`)
  ]);
  const models = files.reduce((sum, file) => sum + file.models, 0);
  const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
  const totals = `${counted(errors, 'error')}, ${counted(warnings, 'warning')}, ${infos} of information`;
  return [...lines, `${counted(models, 'model')} in ${counted(files.length, 'file')}: ${totals}`].join('\n');
}

function placeText(file: string, range: Finding['range']): string {
  const name = path.normalize(file);
  if (range === null) return name;
  const cell = range.cell === undefined ? '' : `:cell ${range.cell + 1}`;
  return `${name}${cell}:${range.startLine + 1}:${range.startColumn + 1}`;
}
