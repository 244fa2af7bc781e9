import * as tfjs from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { LINEAR, RELU } from '../../../src/core/activation';
import type { LayerKind } from '../../../src/core/layerKind';
import type { LayerNode } from '../../../src/core/model';
import type { DenseTensor } from '../../../src/core/tensor';
import type { PreparedNetwork, RunOptions } from '../../../src/engine/engine';
import { valueKey, type Experiment } from '../../../src/engine/experiment';
import { createEngine } from '../../../src/engine/select';
import { chain, graphOf, layer, modelOf, weight } from './models';

const dense = (units: number): LayerKind => ({ kind: 'dense', units, useBias: false, activation: LINEAR });
const relu: LayerKind = { kind: 'activation', activation: RELU };
const input: LayerKind = { kind: 'input', shape: [null, 2], dtype: 'float32' };
const row = (...values: number[]): DenseTensor => ({ shape: [1, values.length], data: Float32Array.from(values) });
const matrix = (shape: [number, number], ...values: number[]) =>
  weight('kernel', 'IO', shape, Float32Array.from(values));

const first = (): LayerNode => layer('first', dense(2), [matrix([2, 2], 1, 0, 0, 1)]);
const second = (): LayerNode => layer('second', dense(1), [matrix([2, 1], 10, 1)]);
const network = async (model: ReturnType<typeof chain>) => (await createEngine('wasm')).prepare(model, { seed: 1 });

/** The layers reported and the first output. */
async function run(prepared: PreparedNetwork, inputs: DenseTensor[], options: Partial<RunOptions> = {}) {
  const seen: string[] = [];
  const result = await prepared.run(inputs, {
    mode: 'infer',
    seed: 1,
    onValue: (value) => {
      seen.push(valueKey(value.layer, value.occurrence));
      return Promise.resolve();
    },
    ...options
  });
  expect(result.stoppedAt).toBeNull();
  return { seen, output: [...(result.outputs[0]?.data ?? [])] };
}
const change = (experiment: Experiment): Partial<RunOptions> => ({ experiment });

describe('an experiment', () => {
  it('switches maps off, replaces weights and kinds, and leaves the network as it was', async () => {
    const prepared = await network(chain([null, 2], [first(), layer('act', relu), second()]));
    const before = tfjs.memory().numTensors;
    expect((await run(prepared, [row(-1, 2)])).output).toEqual([2]);
    const off = { shape: [1, 2], data: Float32Array.of(1, 0) };
    expect((await run(prepared, [row(3, 2)], change({ factors: new Map([['first', off]]) }))).output).toEqual([30]);
    const weights = new Map([['second', [Float32Array.of(1, 1)]]]);
    expect((await run(prepared, [row(3, 2)], change({ weights }))).output).toEqual([5]);
    const kinds = new Map<string, LayerKind>([['act', { kind: 'identity' }]]);
    expect((await run(prepared, [row(-1, 2)], change({ kinds }))).output).toEqual([-8]);
    expect((await run(prepared, [row(-1, 2)])).output).toEqual([2]);
    expect(tfjs.memory().numTensors).toBe(before);
    prepared.dispose();
  });

  it('draws masks in one layer while the rest infers', async () => {
    const drop = layer('drop', { kind: 'dropout', rate: 0.5, sharedAxes: [], seed: null });
    const other = layer('other', { kind: 'dropout', rate: 0.9, sharedAxes: [], seed: null });
    const prepared = await network(chain([null, 50], [drop, other]));
    const ones = row(...Array.from({ length: 50 }, () => 1));
    const modes = new Map([['drop', 'train'] as const]);
    const { output } = await run(prepared, [ones], change({ modes }));
    expect(new Set(output)).toEqual(new Set([0, 2]));
    expect((await run(prepared, [ones], change({ modes }))).output).toEqual(output);
    prepared.dispose();
  });

  it('computes only what the wanted values need', async () => {
    const prepared = await network(chain([null, 2], [first(), layer('act', relu), second()]));
    const before = tfjs.memory().numTensors;
    const wanted = new Set([valueKey('act', 0)]);
    expect(await run(prepared, [row(-1, 2)], { wanted })).toEqual({ seen: ['act#0'], output: [] });
    expect(tfjs.memory().numTensors).toBe(before);
    prepared.dispose();
  });

  it('goes on from a given value without the inputs, and counts the calls it leaves out', async () => {
    const steps = [
      { layer: layer('input', input), from: [] },
      { layer: first(), from: [0] },
      { layer: layer('act', relu), from: [1] },
      { layer: first(), from: [2] },
      { layer: second(), from: [3] }
    ];
    const prepared = await network(modelOf(graphOf('twice', steps, [4])));
    const before = tfjs.memory().numTensors;
    const values = new Map([[valueKey('act', 0), row(1, 4)]]);
    const { seen, output } = await run(prepared, [], change({ values }));
    expect(output).toEqual([14]);
    expect(seen).toEqual(['first#1', 'second#0']);
    expect(tfjs.memory().numTensors).toBe(before);
    prepared.dispose();
  });

  it('reaches into a graph used as a layer', async () => {
    const inner = graphOf(
      'inner',
      [
        { layer: layer('inner/input', input), from: [] },
        { layer: layer('inner/first', dense(2), [matrix([2, 2], 1, 0, 0, 1)]), from: [0] },
        { layer: layer('inner/act', relu), from: [1] }
      ],
      [2]
    );
    const nested = layer('inner', { kind: 'model', graph: inner, timeDistributed: false });
    const prepared = await network(chain([null, 2], [nested, second()]));
    const wanted = new Set([valueKey('inner/first', 0)]);
    expect((await run(prepared, [row(-1, 2)], { wanted })).seen).toEqual(['inner/first#0']);
    const values = new Map([[valueKey('inner/first', 0), row(-5, 3)]]);
    const { seen, output } = await run(prepared, [row(0, 0)], change({ values }));
    expect(output).toEqual([3]);
    expect(seen).not.toContain('inner/first#0');
    expect(seen).toContain('inner/act#0');
    prepared.dispose();
  });
});
