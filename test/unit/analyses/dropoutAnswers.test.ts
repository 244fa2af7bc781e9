import { describe, expect, it } from 'vitest';
import { decisions, meaningOf } from '../../../src/analyses/dropout/meaning';
import { batchNormBeside, denseAfter, dropoutBeside } from '../../../src/analyses/dropout/neighbours';
import { entropyLimit, labelEntropy, uncertainty } from '../../../src/analyses/dropout/spread';
import { RELU } from '../../../src/core/activation';
import type { LayerKind } from '../../../src/core/layerKind';
import { modeOf, type Experiment } from '../../../src/engine/experiment';
import { BATCH_NORM, FLATTEN, GraphBuilder, conv, dense, modelOf } from '../core/builder';

const row = (...shape: number[]) => ({
  shape: [1, ...shape],
  data: new Float32Array(shape.reduce((a, b) => a * b, 1))
});
const drop: LayerKind = { kind: 'dropout', rate: 0.5, sharedAxes: [], seed: null };
const sigmoid = { name: 'sigmoid' } as const;

function ending(...kinds: readonly (readonly [string, LayerKind])[]) {
  const builder = new GraphBuilder('m');
  return modelOf(builder.graph(builder.chain(builder.input('in', [null, 6]), ...kinds)));
}

describe('what an answer says', () => {
  it('is labels behind a sigmoid, classes in a row, numbers otherwise', () => {
    expect(meaningOf(ending(['out', dense(4)]), row(4))).toBe('classes');
    expect(meaningOf(ending(['out', dense(1)]), row(1))).toBe('values');
    expect(meaningOf(ending(['out', dense(4, { activation: sigmoid })]), row(4))).toBe('labels');
    expect(meaningOf(ending(['out', dense(1, { activation: sigmoid })]), row(1))).toBe('labels');
    const late = ending(['d', dense(4)], ['s', { kind: 'activation', activation: sigmoid }], ['f', FLATTEN]);
    expect(meaningOf(late, row(4))).toBe('labels');
    // A mask of sigmoids is a picture, not a row of labels.
    expect(meaningOf(ending(['out', conv(1, [1, 1], { activation: sigmoid })]), row(8, 8, 1))).toBe('values');
  });

  it('is found inside a model that ends the model', () => {
    const inner = new GraphBuilder('inner', 'inner/');
    const last = inner.chain(inner.input('x', [null, 6]), ['out', dense(3, { activation: sigmoid })]);
    const outer = new GraphBuilder('outer');
    const input = outer.input('in', [null, 6]);
    const end = outer.add('inner', { kind: 'model', graph: inner.graph(last), timeDistributed: false }, [input]);
    expect(meaningOf(modelOf(outer.graph(end)), row(3))).toBe('labels');
  });

  it('decides by the leader, by the labels over one half, or not at all', () => {
    const rows = Float32Array.from([0.1, 0.7, 0.6, 0.2, 0.4, 0.3]);
    expect(decisions(rows, 2, 'classes')).toEqual(['1', '1']);
    expect(decisions(rows, 2, 'labels')).toEqual(['1 2', '']);
    expect(decisions(rows, 2, 'values')).toEqual(['', '']);
  });

  it('has at most one bit a label, and none of it from masks that change nothing', () => {
    expect(labelEntropy([0.5, 0.5, 1, 0])).toBe(2);
    expect(entropyLimit(8, 'classes')).toBe(3);
    expect(entropyLimit(8, 'labels')).toBe(8);
    const same = uncertainty(Float32Array.from([0.5, 0.25, 0.5, 0.25]), 2, 'labels');
    expect(same.entropy).toBeCloseTo(1 + 0.811278, 5);
    expect(same.mutualInformation).toBe(0);
    // Two masks that contradict each other altogether: all doubt is theirs.
    const torn = uncertainty(Float32Array.from([1, 0, 0, 1]), 2, 'labels');
    expect(torn).toEqual({ entropy: 2, mutualInformation: 2 });
  });
});

describe('a shared layer', () => {
  const builder = new GraphBuilder('shared');
  let at = builder.add('a', dense(5, { activation: RELU }), [builder.input('in', [null, 6])]);
  at = builder.add('bn', BATCH_NORM, [at]);
  at = builder.add('d', drop, [at]);
  at = builder.add('b', dense(5), [at]);
  at = builder.call('d', [at]);
  const graph = builder.graph(builder.add('out', dense(3), [at]));

  it('has the neighbours of the call that is looked at', () => {
    expect([0, 1].map((call) => denseAfter(graph, 'd', call)?.id)).toEqual(['b', 'out']);
    expect([0, 1].map((call) => batchNormBeside(graph, 'd', call)?.id)).toEqual(['bn', undefined]);
    expect(dropoutBeside(graph, 'b')?.id).toBe('d');
  });

  it('runs one of its calls in a mode of its own', () => {
    const experiment: Experiment = { modes: new Map([['d#1', 'train'] as const, ['bn', 'train'] as const]) };
    expect([0, 1].map((call) => modeOf(experiment, 'd', call, 'infer'))).toEqual(['infer', 'train']);
    expect(modeOf(experiment, 'bn', 3, 'infer')).toBe('train');
    expect(modeOf(undefined, 'd', 1, 'infer')).toBe('infer');
  });
});
