/** Models of a model file, a source file or a notebook, for every command. */
import { readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { joinWeights } from '../analyses/join/joinWeights';
import type { Model } from '../core/model';
import { openModelFile } from '../readers/open';
import { analyzeSource } from '../source/analyze';
import { readLiteral, type Literal } from '../source/overrides';
import { projectResolver, type ProjectAccess } from '../source/projectFiles';
import type { AnalysisOptions, CellText, Language, SourceInput } from '../source/types';
import { BadInput, orFail } from './failure';

export interface OpenModels {
  readonly models: readonly Model[];
  close(): void;
}

/** A command may wait longer for a source file than an editor does. */
export const sourceBudgetMs = 10_000;
/** Names listed in a message at most. */
const mostNames = 20;

/**
 * @param settings `NAME=VALUE` words: values in place of those in a source file or notebook
 * @param inputShape without the batch, for networks whose code does not state it
 * @throws {BadInput}
 */
export async function openModels(
  file: string,
  settings: readonly string[] = [],
  inputShape: readonly (number | null)[] | null = null
): Promise<OpenModels> {
  if (isSourceFile(file)) {
    const models = await sourceModels(file, readSettings(file, settings), inputShape);
    return { models, close: () => undefined };
  }
  if (settings.length > 0) {
    throw new BadInput(
      `${file}: --set needs a source file or a notebook: a model file has no names to set. Leave it out.`
    );
  }
  const opened = orFail(await openModelFile(file));
  return { models: [opened.model], close: () => opened.close() };
}

/**
 * The models of a source file or notebook, each with the weights of a file as far as they fit.
 * @throws {BadInput} where there is no code, or the file cannot be opened
 */
export async function openWithWeights(
  file: string,
  weights: string,
  settings: readonly string[] = []
): Promise<OpenModels> {
  if (!isSourceFile(file)) {
    throw new BadInput(`${file}: --weights needs code that defines the model: a model file has its own. Leave it out.`);
  }
  const { models } = await openModels(file, settings);
  const opened = orFail(await openModelFile(weights));
  try {
    const [codeTime, fileTime] = [(await stat(file)).mtimeMs, (await stat(weights)).mtimeMs];
    const name = path.basename(weights);
    return {
      models: models.map((model) => joinWeights(model, opened.model, name, fileTime < codeTime).model),
      close: () => opened.close()
    };
  } catch (error) {
    opened.close();
    throw error;
  }
}

/** @throws {BadInput} */
export async function openOneModel(
  file: string,
  name: string | undefined,
  weights?: string
): Promise<{ model: Model; close(): void }> {
  const { models, close } = weights === undefined ? await openModels(file) : await openWithWeights(file, weights);
  const candidates = name === undefined ? models : models.filter((model) => model.name === name);
  const [model] = candidates;
  if (model !== undefined && model.weightsFit?.matched === 0) {
    close();
    throw new BadInput(
      `${weights ?? file}: ${model.weightsFit.verdict} convlens summary --weights lists what differs.`
    );
  }
  if (model !== undefined) return { model, close };
  close();
  const names = models.map((each) => each.name).join(', ');
  throw new BadInput(`${file}: no model named ${name ?? ''}. It has: ${names}.`);
}

/** `NAME=VALUE` words as values by name; the last of one name holds. @throws {BadInput} */
function readSettings(file: string, words: readonly string[]): ReadonlyMap<string, Literal> {
  return new Map(
    words.map((word) => {
      const [all, name, value] = /^\s*([A-Za-z_]\w*)\s*=([\s\S]*)$/.exec(word) ?? [];
      if (all === undefined || name === undefined || value === undefined)
        throw new BadInput(`${file}: --set ${word} is not NAME=VALUE. Write it as --set filters=16.`);
      const literal = readLiteral(value.trim());
      if (literal !== null) return [name, literal];
      throw new BadInput(
        `${file}: --set ${word}: ${value.trim() === '' ? 'the value' : value.trim()} is not a Python literal. ` +
          'Give a number, True, False, None, a tuple, or a string in quotes ("relu").'
      );
    })
  );
}

/** Whether the file holds code that defines models, rather than a model. */
export function isSourceFile(file: string): boolean {
  const extension = path.extname(file).toLowerCase();
  return extension === '.ipynb' || languageOf(extension) !== null;
}

/** The text of a source file, or the code cells of a notebook. @throws {BadInput} */
export async function sourceInput(file: string): Promise<SourceInput> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    throw new BadInput(`${file}: cannot be read. Check the path.`);
  }
  const extension = path.extname(file).toLowerCase();
  return extension === '.ipynb'
    ? { kind: 'notebook', cells: notebookCells(file, text) }
    : { kind: 'file', text, language: languageOf(extension) ?? 'python' };
}

/** Where the imports of a source file lead: other files of its project. */
export function importsOf(file: string): NonNullable<AnalysisOptions['resolve']> {
  return projectResolver(slashed(path.resolve(file)), projectOf(file));
}

async function sourceModels(
  file: string,
  settings: ReadonlyMap<string, Literal>,
  inputShape: readonly (number | null)[] | null
): Promise<readonly Model[]> {
  const input = await sourceInput(file);
  const { models, problems, complete, unknownNames, settableNames } = analyzeSource(input, {
    budgetMs: sourceBudgetMs,
    resolve: importsOf(file),
    ...(inputShape === null ? {} : { inputShape }),
    ...(settings.size === 0 ? {} : { set: settings })
  });
  const [unknown] = complete ? unknownNames : [];
  if (unknown !== undefined) {
    const names = settableNames.slice(0, mostNames).join(', ');
    throw new BadInput(
      `${file}: no constant of the module and no parameter of a function that builds a model is named ${unknown}. ` +
        (names === '' ? 'Nothing in it can be set.' : `Set one of: ${names}.`)
    );
  }
  if (models.length > 0) return models;
  const why = problems[0] === undefined ? 'it defines no model' : problems[0].message;
  throw new BadInput(
    `${file}: no model definition was understood (${why}). Models of Keras, PyTorch and TensorFlow.js are read.`
  );
}

function languageOf(extension: string): Language | null {
  if (extension === '.py') return 'python';
  return /^\.([cm]?[jt]s|[jt]sx)$/.test(extension) ? 'javascript' : null;
}

/** A source file larger than this is no hand-written module. */
const largestSource = 1_000_000;

/** What a file may import: the folder the command runs in where that holds the file, else the file's own folder. */
function projectOf(file: string): ProjectAccess {
  const own = path.resolve(file);
  const inside = !path.relative(process.cwd(), own).startsWith('..');
  return {
    roots: [slashed(inside ? process.cwd() : path.dirname(own))],
    read: (name) => {
      try {
        return statSync(name).size > largestSource ? null : readFileSync(name, 'utf8');
      } catch {
        return null;
      }
    }
  };
}

const slashed = (name: string): string => name.split(path.sep).join('/');

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
