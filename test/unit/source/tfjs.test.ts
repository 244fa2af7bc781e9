import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { summarize } from '../../../src/core/summarize';
import { analyzeSource, type SourceAnalysis } from '../../../src/source/analyze';
import { lowerScript } from '../../../src/source/javascript/lower';
import { readLiteral } from '../../../src/source/overrides';
import type { ImportRequest, WorkspaceFile } from '../../../src/source/types';

const folder = path.join(import.meta.dirname, '../../fixtures/source/tfjs');

interface TrueModel {
  readonly params: number;
  readonly trainableParams: number;
  readonly layers: readonly { name: string; type: string; outputShape: (number | null)[]; params: number }[];
}

const truth = JSON.parse(readFileSync(path.join(folder, 'truth.json'), 'utf8')) as {
  files: Record<string, Record<string, TrueModel>>;
};

const neighbours = ({ module }: ImportRequest): WorkspaceFile | null => ({
  key: module,
  text: readFileSync(path.join(folder, module), 'utf8')
});

function analyze(text: string, set: Record<string, string> = {}): SourceAnalysis {
  const literals = new Map(
    Object.entries(set).map(([name, value]) => {
      const literal = readLiteral(value);
      if (literal === null) throw new Error(value);
      return [name, literal];
    })
  );
  return analyzeSource(
    { kind: 'file', language: 'javascript', text },
    { budgetMs: 20_000, resolve: neighbours, set: literals }
  );
}

describe.each(Object.entries(truth.files))('%s', (file, models) => {
  const analysis = analyze(readFileSync(path.join(folder, file), 'utf8'));

  it('is read without problems', () => {
    expect(analysis.problems).toEqual([]);
    expect(analysis.complete).toBe(true);
  });

  it.each(Object.entries(models))('%s has the layers, shapes and counts of TensorFlow.js', (name, expected) => {
    const model = analysis.models.find((other) => other.name === name);
    if (model === undefined) throw new Error(`${name} was not found`);
    expect(model).toMatchObject({ format: 'tfjs-source', framework: 'tfjs' });
    const summary = summarize(model);
    const rows = summary.layers.filter((row) => row.listed);
    // Layers of one depth stand in no fixed order there.
    const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
    expect(rows.map(({ name: own, params }) => ({ name: own, params })).sort(byName)).toEqual(
      expected.layers.map(({ name: own, params }) => ({ name: own, params })).sort(byName)
    );
    for (const layer of expected.layers) {
      const row = rows.find((one) => one.name === layer.name);
      if (!layer.outputShape.slice(1).includes(null)) expect(row?.outputShape, layer.name).toEqual(layer.outputShape);
    }
    expect(summary.totals.params).toBe(expected.params);
    expect(summary.totals.trainableParams).toBe(expected.trainableParams);
    expect(summary.diagnostics).toEqual([]);
  });
});

const head = "import * as tf from '@tensorflow/tfjs';\n";
const only = (analysis: SourceAnalysis): SourceAnalysis['definitions'][number] => {
  const [first, second] = analysis.definitions;
  if (first === undefined || second !== undefined) throw new Error(`${analysis.definitions.length} definitions`);
  return first;
};

describe('what the text does not determine', () => {
  it('is unknown with its reason, and can be set', () => {
    const text = `${head}export function build(classes: number): tf.LayersModel {
  const model = tf.sequential();
  model.add(tf.layers.flatten({ inputShape: [4, 4, 1] }));
  model.add(tf.layers.dense({ units: classes }));
  return model;
}
`;
    const analysis = analyze(text);
    expect(summarize(only(analysis).model).totals.params).toBeNull();
    expect(analysis.settableNames).toContain('classes');
    expect(summarize(only(analyze(text, { classes: '5' })).model).totals.params).toBe(85);
  });

  it('is reported where the number of layers depends on it', () => {
    const analysis = analyze(
      `${head}const model = tf.sequential();\nmodel.add(tf.layers.dense({ units: 2, inputShape: [3] }));\nfor (const n of await load()) {\n  model.add(tf.layers.dense({ units: n }));\n}\n`
    );
    expect(analysis.models).toEqual([]);
    expect(analysis.problems).toMatchObject([{ code: 'unresolved' }]);
  });

  it('does not reach a file that is not there', () => {
    const analysis = analyzeSource(
      {
        kind: 'file',
        language: 'javascript',
        text: `${head}import { n } from './sizes';\nconst model = tf.sequential({ layers: [tf.layers.dense({ units: n, inputShape: [3] })] });\n`
      },
      { budgetMs: 5000 }
    );
    expect(summarize(only(analysis).model).totals.params).toBeNull();
  });
});

describe('training', () => {
  it('is read from compile and fit', () => {
    const analysis = analyze(
      `${head}const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [3] })] });\nmodel.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });\nawait model.fit(xs, ys, { epochs: 7, batchSize: 16 });\n`
    );
    expect(only(analysis).model.training).toMatchObject({
      optimizer: { value: { name: 'sgd' } },
      loss: { value: { name: 'meanSquaredError' } },
      epochs: { value: 7, line: 3 },
      batchSize: { value: 16 }
    });
  });
});

describe('the parser', () => {
  const text = readFileSync(path.join(folder, 'functional.js'), 'utf8');

  it('never throws, wherever a text is cut', () => {
    for (let end = 0; end < text.length; end += 7) expect(() => analyze(text.slice(0, end))).not.toThrow();
  });

  it('reads TypeScript and JSX', () => {
    expect(lowerScript('const a = <number>b;\nconst c = d as string;\nenum E { A }').errors).toBe(0);
    expect(lowerScript('const a = <div className="x">{b}</div>;').errors).toBe(0);
  });
});
