/** Keras 1 files that later versions keep in another form: values of every layer against numpy's, and broken relatives. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { KindOf } from '../../src/core/layerKind';
import { summarize } from '../../src/core/summarize';
import { createEngine } from '../../src/engine/select';
import { parseModel } from '../../src/readers/keras/parseConfig';
import { openModelFile } from '../../src/readers/open';
import { joinGates } from '../../src/readers/weights/gates';
import type { RawTensor } from '../../src/readers/weights/rawTensor';

const FOLDER = resolve(__dirname, '../fixtures/readers/models');

interface Value {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Values {
  readonly inputs: readonly Value[];
  readonly values: readonly (Value & { readonly layer: string })[];
}

async function opened(name: string) {
  const result = await openModelFile(join(FOLDER, name));
  if (!result.ok) throw new Error(result.error.problem);
  return result.value;
}

describe.each(['k1-gates', 'k1-merge'])('%s', (stem) => {
  it('gives the values that Keras 1 would, layer by layer', async () => {
    const wanted = JSON.parse(readFileSync(join(FOLDER, `values-${stem}.json`), 'utf8')) as Values;
    const { model, close } = await opened(`${stem}.h5`);
    const network = await (await createEngine('wasm')).prepare(model, { seed: 1 });
    const found = new Map<string, Value>();
    const { stoppedAt } = await network.run(
      wanted.inputs.map(({ shape, data }) => ({ shape, data: Float32Array.from(data) })),
      {
        mode: 'infer',
        seed: 1,
        onValue: async (value) => {
          const { shape, data } = await value.read();
          found.set(value.layer, { shape, data: [...data] });
        }
      }
    );
    network.dispose();
    close();
    expect(stoppedAt).toBeNull();
    expect(model.notices.map(({ code }) => code)).not.toContain('weights-do-not-fit');
    for (const { layer, shape, data } of wanted.values) {
      const value = found.get(layer);
      expect(value?.shape, layer).toEqual(shape);
      const most = data.reduce((largest, each) => Math.max(largest, Math.abs(each)), 0);
      const gap = data.reduce((worst, each, i) => Math.max(worst, Math.abs(each - (value?.data[i] ?? NaN))), 0);
      expect(gap, layer).toBeLessThanOrEqual(1e-5 * most);
    }
  });
});

describe('gates that are kept by themselves', () => {
  it('are joined, and count the same', async () => {
    const { model, close } = await opened('k1-gates.h5');
    const shapes = [...model.root.layers.values()].map(({ weights }) => weights.map(({ shape }) => shape));
    close();
    expect(shapes.filter((list) => list.length > 0)).toEqual([
      [[2, 12], [3, 12], [12], [2, 12], [3, 12], [12]],
      [[6, 16], [4, 16], [16]],
      [[4, 6], [2, 6], [6]]
    ]);
    // 2 (2 3 + 3 3 + 3) 4; (6 4 + 4 4 + 4) 4; (4 2 + 2 2 + 2) 3
    expect(summarize(model).totals.params).toBe(144 + 176 + 42);
  });

  const lstm: KindOf<'recurrent'> = {
    kind: 'recurrent',
    cell: 'lstm',
    units: 2,
    useBias: true,
    returnSequences: false,
    bidirectional: null,
    goBackwards: false,
    activation: { name: 'tanh' },
    recurrentActivation: { name: 'sigmoid' },
    resetAfter: false
  };
  const raw = (...shape: number[]): RawTensor => ({
    name: shape.join(),
    dtype: 'float32',
    shape,
    storedBytes: 4,
    read: () => Promise.resolve(new Float32Array(shape.reduce((a, b) => a * b, 1)))
  });
  const gate = [raw(3, 2), raw(2, 2), raw(2)];

  it.each([
    ['eleven tensors', [...gate, ...gate, ...gate, ...gate].slice(1)],
    ['gates of different sizes', [...gate, ...gate, ...gate, raw(3, 2), raw(2, 3), raw(2)]],
    ['gates of another layer', Array.from({ length: 4 }, () => [raw(3, 5), raw(5, 5), raw(5)]).flat()],
    ['a bias with two axes', Array.from({ length: 4 }, () => [raw(3, 2), raw(2, 2), raw(1, 2)]).flat()]
  ])('%s are left as they are', (_name, tensors) => {
    expect(joinGates(lstm, tensors)).toBe(tensors);
  });

  it('stand side by side in the order later versions have', async () => {
    const numbered = Array.from({ length: 12 }, (_, i) => ({
      ...(gate[i % 3] ?? raw(2)),
      read: () => Promise.resolve(new Float32Array(i % 3 === 0 ? 6 : i % 3 === 1 ? 4 : 2).fill(Math.floor(i / 3)))
    }));
    const [kernel, , bias] = joinGates(lstm, numbered);
    expect(Array.from((await bias?.read()) ?? [])).toEqual([0, 0, 2, 2, 1, 1, 3, 3]);
    expect(Array.from((await kernel?.read()) ?? []).slice(8, 16)).toEqual([0, 0, 2, 2, 1, 1, 3, 3]);
  });
});

describe('a Sequential that begins with a Merge of models', () => {
  const dense = (name: string, more: object = {}) => ({
    class_name: 'Dense',
    config: { name, output_dim: 2, ...more }
  });
  const branch = (...config: object[]) => ({ class_name: 'Sequential', config });
  const merged = (...layers: unknown[]) => ({
    class_name: 'Sequential',
    config: [{ class_name: 'Merge', config: { name: 'merge', mode: 'sum', layers } }, dense('last')]
  });
  const shape = { batch_input_shape: [null, 3] };

  it('lists the layers of its branches as Keras does', async () => {
    const { model, close } = await opened('k1-merge.h5');
    close();
    const { layers, inputs } = summarize(model);
    expect(layers.filter(({ listed }) => listed).map(({ name }) => name)).toEqual([
      'dense_1',
      'dense_2',
      'act',
      'aux',
      'dense_3',
      'merge_1',
      'dense_4'
    ]);
    expect(inputs.map(({ shape: size }) => size)).toEqual([
      [null, 4],
      [null, 2],
      [null, 3]
    ]);
  });

  it('keeps a layer that two branches share once', () => {
    const spec = parseModel(merged(branch(dense('a', shape), dense('b')), branch(dense('c', shape), dense('b'))));
    const shared = spec.layers.find(({ name }) => name === 'b');
    expect(shared?.calls.map(({ inputs }) => inputs[0]?.layer)).toEqual(['a', 'c']);
    expect(spec.layers.find(({ name }) => name === 'merge')?.calls[0]?.inputs).toEqual([
      { layer: 'b', node: 0, tensor: 0 },
      { layer: 'b', node: 1, tensor: 0 }
    ]);
  });

  it('may be nested, and hold plain layers', () => {
    const spec = parseModel(merged(merged(branch(dense('a', shape)), dense('b', shape)), dense('c', shape)));
    expect(spec.inputs.map(({ layer }) => layer)).toEqual(['a_input', 'b_input', 'c_input']);
  });

  const input = { class_name: 'InputLayer', name: 'i', config: { name: 'i', ...shape }, inbound_nodes: [] };
  const model = (...outputs: unknown[]) => ({
    class_name: 'Model',
    config: { name: 'm', layers: [input], input_layers: [['i', 0, 0]], output_layers: outputs }
  });
  const deep = Array.from({ length: 40 }).reduce<unknown>((inside) => merged(inside), branch(dense('a', shape)));

  it.each([
    ['an empty branch', merged(branch()), /holds no layer/],
    [
      'layers of one name and two kinds',
      merged(branch(dense('a', shape)), branch({ class_name: 'Flatten', config: { name: 'a' } })),
      /different layers named a/
    ],
    ['two models with layers of one name', merged(model(['i', 0, 0]), model(['i', 0, 0])), /layers named i/],
    ['a model with two outputs', merged(model(['i', 0, 0], ['i', 0, 0])), /exactly one output/],
    ['a branch that is a number', merged(7), /names no class/],
    ['forty merges inside each other', deep, /nested more than 30/]
  ])('%s gives one line', (_name, config, reason) => {
    expect(() => parseModel(config)).toThrow(reason);
  });
});
