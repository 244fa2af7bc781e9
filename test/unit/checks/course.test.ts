import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/checks/finding';
import { dataFormatOf } from '../../../src/core/shapeWords';
import { summarize } from '../../../src/core/summarize';
import { analyzeSource } from '../../../src/source/analyze';
import type { CellText, SourceDefinition } from '../../../src/source/types';
import { fixtures, findingsInCells } from './checking';

interface Notebook {
  readonly cells: readonly { readonly cell_type: string; readonly source: readonly string[] }[];
}

/** A notebook as courses have it: two models named `model`, a part of the first, layers added to the part. */
describe('a course notebook', () => {
  const { cells } = JSON.parse(readFileSync(path.join(fixtures, 'course.ipynb'), 'utf8')) as Notebook;
  const code = cells.flatMap((cell, index): CellText[] =>
    cell.cell_type === 'code' ? [{ index, text: cell.source.join('') }] : []
  );
  let definitions: readonly SourceDefinition[] = [];
  let findings: readonly Finding[] = [];
  beforeAll(() => {
    ({ definitions } = analyzeSource({ kind: 'notebook', cells: code }, { budgetMs: 5000 }));
    findings = findingsInCells(code);
  });

  it('has both models and the part, each in its cell', () => {
    expect(definitions.map(({ key, range }) => [key, range.cell])).toEqual([
      ['model', 4],
      ['layer', 7],
      ['model@2', 10]
    ]);
  });

  it('knows the shape of every layer in every cell', () => {
    const shapes = definitions.map((definition) =>
      summarize(definition.model)
        .layers.filter(({ listed }) => listed)
        .map(({ source, outputShape }) => [source?.cell, outputShape?.slice(1).join('x')])
    );
    expect(shapes).toEqual([
      [
        [4, '24x24x16'],
        [4, '9216'],
        [4, '8']
      ],
      // The layer of the first model, and what other cells add to it.
      [
        [4, '24x24x16'],
        [8, '12x12x16'],
        [8, '12x12x16'],
        [8, '12x12x16']
      ],
      [
        [10, '26x26x32'],
        [10, '13x13x32'],
        [10, '11x11x64'],
        [10, '5x5x64'],
        [10, '1600'],
        [10, '10']
      ]
    ]);
    expect(definitions.map(({ model }) => dataFormatOf(model))).toEqual(Array(3).fill('channelsLast'));
  });

  it('is told that 8 answers do not fit 10 classes, and where', () => {
    const units = findings.filter(({ code: name }) => name === 'output-units');
    expect(units).toMatchObject([
      {
        severity: 'error',
        definition: 'model',
        range: { cell: 4, startLine: 3 },
        message: expect.stringContaining('fashion_mnist') as string
      }
    ]);
    expect(units[0]?.fixes[0]?.edits).toEqual([
      { range: { cell: 4, startLine: 3, startColumn: 10, endLine: 3, endColumn: 11 }, text: '10' }
    ]);
    expect(findings.filter(({ severity }) => severity === 'error')).toHaveLength(1);
  });

  it('knows what trains each of the models', () => {
    expect(definitions.map(({ model }) => model.training?.fitCall?.cell)).toEqual([5, undefined, 11]);
    expect(definitions.map(({ model }) => model.training?.data?.value)).toEqual(Array(3).fill('fashion_mnist'));
  });
});
