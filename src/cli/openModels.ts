/** Models of a model file, a source file or a notebook, for every command. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Model } from '../core/model';
import { openModelFile } from '../readers/open';
import { analyzeSource } from '../source/analyze';
import type { CellText, SourceInput } from '../source/types';
import { BadInput, orFail } from './failure';

export interface OpenModels {
  readonly models: readonly Model[];
  close(): void;
}

/** A command may wait longer for a source file than an editor does. */
const sourceBudgetMs = 10_000;

/** @throws {BadInput} */
export async function openModels(file: string): Promise<OpenModels> {
  const extension = path.extname(file).toLowerCase();
  if (extension === '.py' || extension === '.ipynb') {
    return { models: await sourceModels(file, extension), close: () => undefined };
  }
  if (['.js', '.ts', '.mjs', '.tsx', '.jsx'].includes(extension)) {
    throw new BadInput(
      `${file}: JavaScript and TypeScript definitions are not read by this version. Give the saved model.json.`
    );
  }
  const opened = orFail(await openModelFile(file));
  return { models: [opened.model], close: () => opened.close() };
}

/** @throws {BadInput} */
export async function openOneModel(file: string, name: string | undefined): Promise<{ model: Model; close(): void }> {
  const { models, close } = await openModels(file);
  const candidates = name === undefined ? models : models.filter((model) => model.name === name);
  const [model] = candidates;
  if (model !== undefined) return { model, close };
  close();
  const names = models.map((each) => each.name).join(', ');
  throw new BadInput(`${file}: no model named ${name ?? ''}. It has: ${names}.`);
}

async function sourceModels(file: string, extension: string): Promise<readonly Model[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    throw new BadInput(`${file}: cannot be read. Check the path.`);
  }
  const input: SourceInput =
    extension === '.ipynb'
      ? { kind: 'notebook', cells: notebookCells(file, text) }
      : { kind: 'file', text, language: 'python' };
  const { models, problems } = analyzeSource(input, { budgetMs: sourceBudgetMs });
  if (models.length > 0) return models;
  const why = problems[0] === undefined ? 'it defines no Keras model' : problems[0].message;
  throw new BadInput(
    `${file}: no model definition was understood (${why}). Sequential and functional Keras models are read.`
  );
}

/** The code cells of a Jupyter notebook. @throws {BadInput} */
export function notebookCells(file: string, text: string): CellText[] {
  const bad = new BadInput(`${file}: is not a Jupyter notebook. Save it again from the editor.`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw bad;
  }
  if (typeof document !== 'object' || document === null || !('cells' in document) || !Array.isArray(document.cells)) {
    throw bad;
  }
  const cells: unknown[] = document.cells;
  return cells.flatMap((cell, index): CellText[] => {
    if (typeof cell !== 'object' || cell === null || !('cell_type' in cell) || cell.cell_type !== 'code') return [];
    const source: unknown = 'source' in cell ? cell.source : '';
    return [{ index, text: Array.isArray(source) ? source.join('') : typeof source === 'string' ? source : '' }];
  });
}
