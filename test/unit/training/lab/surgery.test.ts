import { describe, expect, it } from 'vitest';
import { RELU } from '../../../../src/core/activation';
import { inferShapes } from '../../../../src/core/inferShapes';
import type { Graph, LayerNode, Model } from '../../../../src/core/model';
import type { Result } from '../../../../src/core/result';
import { withFreshWeights } from '../../../../src/engine/freshWeights';
import { layersOf } from '../../../../src/engine/loadWeights';
import { applyChanges } from '../../../../src/training/lab/changes';
import { without, withLayer, withRate, type Twin } from '../../../../src/training/lab/surgery';
import { ADD, BATCH_NORM, FLATTEN, GraphBuilder, conv, dense, modelOf, pool, tensorRef } from '../../core/builder';

const dropout = { kind: 'dropout', rate: 0.5, sharedAxes: [], seed: null } as const;

/** Ten by ten, convolution, norm, pooling, dropout, dense. */
function chain(): Model {
  const builder = new GraphBuilder('net');
  const end = builder.chain(
    builder.input('in', [null, 10, 10, 1]),
    ['c', conv(4, [3, 3], { useBias: false })],
    ['bn', BATCH_NORM],
    ['p', pool('max', [2, 2])],
    ['drop', dropout],
    ['f', FLATTEN],
    ['d', dense(3)]
  );
  return modelOf(builder.graph(end));
}

const order = (graph: Graph): string[] => graph.calls.map(({ layer }) => layer);

function must(result: Result<Twin>): Twin {
  if (!result.ok) throw new Error(result.error.problem);
  return result.value;
}

function layer(model: Model, id: string): LayerNode {
  const found = layersOf(model.root).get(id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
}

/** Every call reads earlier calls only, and stands at its own index. */
function isSound(graph: Graph): boolean {
  return graph.calls.every(({ id, inputs }, i) => id === i && inputs.every((ref) => ref.call < i));
}

async function weightsOf(model: Model, id: string): Promise<number[][]> {
  const { weights } = layer(withFreshWeights(model, 5), id);
  return Promise.all(weights.map(async (weight) => [...(await weight.read())]));
}

describe('taking a layer out', () => {
  it('joins its readers to what it read, and leaves the other layers their fresh weights', async () => {
    const { model, refreshed } = must(without(chain(), 'drop'));
    expect(order(model.root)).toEqual(['in', 'c', 'bn', 'p', 'f', 'd']);
    expect(isSound(model.root)).toBe(true);
    expect(refreshed).toEqual([]);
    for (const id of ['c', 'd']) expect(await weightsOf(model, id)).toEqual(await weightsOf(chain(), id));
  });

  it('gives the convolution the bias that batch norm stood for, with the kernel as it was', async () => {
    const { model } = must(without(chain(), 'bn'));
    expect(layer(model, 'c').kind).toMatchObject({ useBias: true });
    const [kernel, bias] = await weightsOf(model, 'c');
    expect(kernel).toEqual((await weightsOf(chain(), 'c'))[0]);
    expect(bias).toEqual([0, 0, 0, 0]);
  });

  it('lets Dense behind Flatten grow where pooling goes, and has its old weights drawn anew', () => {
    expect(inferShapes(must(without(chain(), 'p')).model.root).outputs).toEqual([[null, 3]]);
    const stored = chain();
    const weights = [tensorRef({ role: 'kernel', shape: [64, 3] }), tensorRef({ role: 'bias', shape: [3] })];
    const layers = new Map(stored.root.layers);
    layers.set('d', { ...layer(stored, 'd'), weights, declaredFeatures: [64] });
    const { model, refreshed } = must(without({ ...stored, root: { ...stored.root, layers } }, 'p'));
    expect(refreshed).toEqual(['d']);
    expect(layer(model, 'd')).toMatchObject({ weights: [], declaredFeatures: [256] });
    const [kernel] = layer(withFreshWeights(model, 1), 'd').weights;
    expect(kernel?.shape).toEqual([256, 3]);
  });

  it('draws the weights of a norm over whole maps anew where the maps grow', () => {
    const builder = new GraphBuilder('net');
    const norm = { kind: 'layerNorm', axes: [1, 2, 3], epsilon: 1e-3, center: false, scale: true, rms: false } as const;
    const pooled = builder.chain(builder.input('in', [null, 4, 4, 1]), ['p', pool('max', [2, 2])]);
    const normed = builder.add('ln', norm, [pooled], { weights: [tensorRef({ role: 'gamma', shape: [2, 2, 1] })] });
    const end = builder.chain(normed, ['f', FLATTEN], ['d', dense(3)]);
    const { model, refreshed } = must(without(modelOf(builder.graph(end)), 'p'));
    expect(refreshed).toEqual(['ln', 'd']);
    expect(layer(withFreshWeights(model, 1), 'ln').weights[0]?.shape).toEqual([4, 4, 1]);
  });

  it('refuses with the reason: no such layer, a layer with a task of its own, branches that no longer fit', () => {
    const said = (result: Result<Twin>): string => (result.ok ? 'done' : result.error.problem);
    expect(said(without(chain(), 'nothing'))).toBe('there is no layer nothing');
    expect(said(without(chain(), 'c'))).toContain('c cannot be taken out');
    const builder = new GraphBuilder('branches');
    const start = builder.input('in', [null, 8, 8, 2]);
    const a = builder.add('a', pool('max', [2, 2]), [start]);
    const b = builder.add('b', conv(2, [2, 2], { strides: [2, 2] }), [start]);
    const end = builder.add('sum', ADD, [a, b]);
    expect(said(without(modelOf(builder.graph(end)), 'a'))).toContain('sum');
    const last = new GraphBuilder('last');
    const answer = last.chain(last.input('in', [null, 4, 4, 1]), ['p', pool('max', [2, 2])]);
    expect(said(without(modelOf(last.graph(answer)), 'p'))).toBe('the answer would be 4 × 4 × 1, not 2 × 2 × 1');
  });

  it('finds layers inside a nested model', () => {
    const inner = new GraphBuilder('inner', 'block/');
    const body = inner.graph(
      inner.chain(inner.input('in', [null, 10, 10, 1]), ['c', conv(2, [3, 3])], ['drop', dropout])
    );
    const outer = new GraphBuilder('outer');
    const value = outer.add('block', { kind: 'model', graph: body, timeDistributed: false }, [
      outer.input('in', [null, 10, 10, 1])
    ]);
    const { model } = must(without(modelOf(outer.graph(value)), 'block/drop'));
    expect([...layersOf(model.root).keys()]).not.toContain('block/drop');
    expect(inferShapes(model.root).outputs).toEqual([[null, 8, 8, 2]]);
  });
});

describe('putting a layer in', () => {
  const norm = { kind: 'batchNorm', momentum: 0.9, beforeActivation: true } as const;
  function plain(): Model {
    const builder = new GraphBuilder('net');
    const end = builder.chain(
      builder.input('in', [null, 10, 10, 1]),
      ['c', conv(4, [3, 3], { activation: RELU })],
      ['f', FLATTEN],
      ['d', dense(3)]
    );
    return modelOf(builder.graph(end));
  }

  it('puts batch norm between a convolution and its activation, in place of the bias', async () => {
    const { model, added } = must(withLayer(plain(), 'c', norm));
    expect(added).toBe('c_batch_norm');
    expect(order(model.root)).toEqual(['in', 'c', 'c_batch_norm', 'c_activation', 'f', 'd']);
    expect(isSound(model.root)).toBe(true);
    expect(layer(model, 'c').kind).toMatchObject({ useBias: false, activation: { name: 'linear' } });
    expect(layer(model, 'c_activation').kind).toMatchObject({ activation: RELU });
    expect((await weightsOf(model, 'c'))[0]).toEqual((await weightsOf(plain(), 'c'))[0]);
    expect(await weightsOf(model, 'd')).toEqual(await weightsOf(plain(), 'd'));
  });

  it('keeps the bias where the norm stands behind the activation', () => {
    const { model } = must(withLayer(plain(), 'c', { ...norm, beforeActivation: false }));
    expect(order(model.root)).toEqual(['in', 'c', 'c_batch_norm', 'f', 'd']);
    expect(layer(model, 'c').kind).toMatchObject({ useBias: true, activation: RELU });
  });

  it('puts dropout in and gives it another name each time, but nothing behind the answer', () => {
    const once = must(withLayer(plain(), 'f', { kind: 'dropout', rate: 0.3 }));
    const twice = must(withLayer(once.model, 'f', { kind: 'dropout', rate: 0.3 }));
    expect([once.added, twice.added]).toEqual(['f_dropout', 'f_dropout_2']);
    const behind = withLayer(plain(), 'd', { kind: 'dropout', rate: 0.3 });
    expect(behind.ok ? '' : behind.error.problem).toContain('its value is the answer');
    expect(withLayer(plain(), 'f', { kind: 'dropout', rate: 1 }).ok).toBe(false);
  });
});

describe('changing a rate', () => {
  it('changes dropout and nothing else', () => {
    const { model } = must(withRate(chain(), 'drop', 0.7));
    expect(layer(model, 'drop').kind).toMatchObject({ kind: 'dropout', rate: 0.7 });
    expect(withRate(chain(), 'c', 0.7).ok).toBe(false);
    expect(withRate(chain(), 'drop', 1.2).ok).toBe(false);
  });
});

describe('changes', () => {
  it('are applied in order, and take the augmentation along with its layer', () => {
    const builder = new GraphBuilder('net');
    const parameters = { mode: 'horizontal' };
    const end = builder.chain(
      builder.input('in', [null, 10, 10, 1]),
      ['flip', { kind: 'augmentation', operation: 'RandomFlip', size: null, parameters }],
      ['f', FLATTEN],
      ['d', dense(3)]
    );
    const flip = [{ kind: 'flip', horizontal: true, vertical: false }] as const;
    const model = modelOf(builder.graph(end));
    const applied = applyChanges(
      model,
      [
        { kind: 'without', layer: 'flip' },
        { kind: 'put', after: 'f', insertion: { kind: 'dropout', rate: 0.2 } },
        { kind: 'l2', strength: 0.1 }
      ],
      flip
    );
    if (!applied.ok) throw new Error(applied.error.problem);
    expect(order(applied.value.model.root)).toEqual(['in', 'f', 'f_dropout', 'd']);
    expect(applied.value).toMatchObject({
      augmentation: [],
      l2: 0.1,
      weightNoise: 0,
      initialScale: { factor: 1, of: 'all' }
    });
    expect(applyChanges(model, [{ kind: 'without', layer: 'gone' }]).ok).toBe(false);
  });
});
