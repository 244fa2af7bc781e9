import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { summarize } from '../../../src/core/summarize';
import { analyzeSource } from '../../../src/source/analyze';

const folder = path.join(import.meta.dirname, '../../fixtures/source');

interface TrueModel {
  readonly params: number;
  readonly trainableParams: number;
  readonly layers: readonly { name: string; type: string; outputShape: (number | null)[] | null; params: number }[];
}

const truth = JSON.parse(readFileSync(path.join(folder, 'truth.json'), 'utf8')) as {
  files: Record<string, Record<string, TrueModel>>;
};

describe.each(Object.entries(truth.files))('%s', (file, models) => {
  const text = readFileSync(path.join(folder, file), 'utf8');
  const analysis = analyzeSource({ kind: 'file', language: 'python', text }, { budgetMs: 10_000 });

  it('defines exactly the models that Keras makes', () => {
    expect(analysis.complete).toBe(true);
    expect(analysis.problems).toEqual([]);
    expect(analysis.models.map((model) => model.name).sort()).toEqual(Object.keys(models).sort());
  });

  it.each(Object.entries(models))('%s has the layers, shapes and counts of Keras', (name, expected) => {
    const model = analysis.models.find((other) => other.name === name);
    if (model === undefined) throw new Error(`${name} was not found`);
    const summary = summarize(model);
    // `model.layers` leaves out operators between tensors, which Keras's summary lists and so does ours.
    const rows = summary.layers.filter((row) => row.listed && row.sourceType !== 'TrueDivide');
    expect(rows.map((row) => [row.name, row.params])).toEqual(
      expected.layers.map((layer) => [layer.name, layer.params])
    );
    rows.forEach((row, i) => {
      const shape = expected.layers[i]?.outputShape ?? null;
      if (shape !== null) expect(row.outputShape, row.name).toEqual(shape);
    });
    expect(summary.totals.params).toBe(expected.params);
    expect(summary.totals.trainableParams).toBe(expected.trainableParams);
    expect(summary.diagnostics).toEqual([]);
  });
});
