/** Every network of keras.applications, called with many kinds of arguments, against what real Keras makes of the call. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { summarize } from '../../src/core/summarize';
import { analyzeSource } from '../../src/source/analyze';
import { kerasNetworkNames } from '../../src/source/backbones/kerasNetworks';

interface Facts {
  readonly name: string;
  readonly params: number;
  readonly trainable: number;
  readonly output: readonly (number | null)[];
  readonly layers: number;
  /** Of all layers as `name class shape parameters`, one a line. */
  readonly digest: string;
}

const file = path.join(import.meta.dirname, '../fixtures/backbones/keras.json');
const { calls } = JSON.parse(readFileSync(file, 'utf8')) as { calls: Record<string, Facts> };

describe('keras.applications', () => {
  it('is recorded and checked in full', () => {
    const checked = new Set(Object.keys(calls).map((call) => call.replace(/\(.*/, '')));
    expect([...checked].sort()).toEqual([...kerasNetworkNames()].sort());
    expect(checked.size).toBe(40);
  });

  it.each(Object.entries(calls))('%s', (call, expected) => {
    const text = `import keras\nmodel = keras.applications.${call}\n`;
    const { models, problems } = analyzeSource({ kind: 'file', language: 'python', text }, { budgetMs: 60_000 });
    expect(problems).toEqual([]);
    const [model] = models;
    if (model === undefined) throw new Error('the call makes no model');
    const { layers, totals, outputs, diagnostics } = summarize(model);
    expect(diagnostics).toEqual([]);
    const lines = layers.map(
      ({ name, sourceType, outputShape, params }) =>
        `${name} ${sourceType} ${JSON.stringify(outputShape)} ${String(params)}`
    );
    expect({
      name: model.root.name,
      params: totals.params,
      trainable: totals.trainableParams,
      output: outputs[0]?.shape,
      layers: lines.length,
      digest: createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16)
    }).toEqual(expected);
  });
});
