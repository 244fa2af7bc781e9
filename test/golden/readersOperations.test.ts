/** TensorFlow functions in models of Keras 2: the value of every layer against Keras's own, and what stays opaque. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/select';
import { parseModel } from '../../src/readers/keras/parseConfig';
import { translate } from '../../src/readers/keras/translate';
import { openModelFile } from '../../src/readers/open';

const FOLDER = resolve(__dirname, '../fixtures/readers/models');

interface Values {
  readonly input: readonly number[];
  readonly shape: readonly number[];
  readonly values: readonly { readonly layer: string; readonly shape: readonly number[]; readonly data: number[] }[];
}

async function opened(name: string) {
  const result = await openModelFile(join(FOLDER, name));
  if (!result.ok) throw new Error(result.error.problem);
  return result.value;
}

describe('functions that are plain tensor maths', () => {
  it('give what Keras gives, layer by layer', async () => {
    const wanted = JSON.parse(readFileSync(join(FOLDER, 'values-k2-operations.json'), 'utf8')) as Values;
    const { model, close } = await opened('k2-operations.h5');
    const network = await (await createEngine('wasm')).prepare(model, { seed: 1 });
    const found = new Map<string, { shape: readonly number[]; data: Float32Array }>();
    const input = { shape: [...wanted.shape], data: Float32Array.from(wanted.input) };
    const { stoppedAt } = await network.run([input], {
      mode: 'infer',
      seed: 1,
      onValue: async (value) => {
        found.set(value.layer, await value.read());
      }
    });
    network.dispose();
    close();
    expect(stoppedAt).toBeNull();
    expect(wanted.values.length).toBeGreaterThan(25);
    for (const { layer, shape, data } of wanted.values) {
      const value = found.get(layer);
      expect(value?.shape, layer).toEqual(shape);
      const most = data.reduce((largest, each) => Math.max(largest, Math.abs(each)), 0);
      const gap = data.reduce((worst, each, i) => Math.max(worst, Math.abs(each - (value?.data[i] ?? NaN))), 0);
      expect(gap, layer).toBeLessThanOrEqual(1e-5 * most);
    }
  });
});

describe('other functions stay opaque, with the reason', () => {
  it('as Keras writes them', async () => {
    const { model, close } = await opened('k2-strange.h5');
    const reasons = [...model.root.layers.values()].flatMap(({ kind }) =>
      kind.kind === 'opaque' ? [kind.reason] : []
    );
    close();
    const used = (name: string, why: string) =>
      `the TensorFlow function ${name} is used in a way that no layer here computes: ${why}`;
    expect(reasons.toSorted()).toEqual(
      [
        'slicing is not one of the layers this program knows',
        'the TensorFlow function tf.math.reduce_mean is not one of those this program knows',
        used('tf.reshape', 'it reshapes across the batch'),
        used('tf.math.maximum', 'it compares a value with a constant'),
        used('tf.math.truediv', 'it divides a constant by a value'),
        used('tf.math.truediv', 'it divides one value by another'),
        used('tf.compat.v1.transpose', 'it moves the batch'),
        used('tf.cast', 'it casts to other numbers than floats'),
        used('tf.concat', 'it joins along the batch or an axis that is not known'),
        used('tf.math.multiply', 'its constant is neither a number nor a list of numbers')
      ].toSorted()
    );
  });

  const kindOf = (config: unknown, inbound: unknown) => {
    const layers = [
      { class_name: 'InputLayer', name: 'x', config: { name: 'x', batch_input_shape: [null, 3] }, inbound_nodes: [] },
      { class_name: 'TFOpLambda', name: 'op', config, inbound_nodes: inbound }
    ];
    const spec = parseModel({
      class_name: 'Functional',
      config: { name: 'm', layers, input_layers: [], output_layers: [] }
    });
    const [, op] = spec.layers;
    if (op === undefined) throw new Error('no operation');
    const { kind } = translate(op, { version: 2, asymmetricResize: false }, () => {
      throw new Error('nothing is wrapped');
    });
    return kind.kind === 'opaque' ? kind.reason : kind;
  };
  const add = { name: 'op', function: 'math.add' };

  it.each([
    ['no function', { name: 'op' }, [['x', 0, 0, {}]], /not named/],
    ['a function with a strange name', { function: '__proto__' }, [['x', 0, 0, {}]], /not one of those/],
    ['a function that is no text', { function: { toString: 1 } }, [['x', 0, 0, {}]], /not named/],
    ['no call', add, [], /not written as Keras 2/],
    [
      'two calls',
      add,
      [
        ['x', 0, 0, { y: 1 }],
        ['x', 0, 0, { y: 2 }]
      ],
      /not written as Keras 2/
    ],
    ['a call that is a number', add, [7], /not written as Keras 2/],
    ['no second operand', add, [['x', 0, 0, {}]], /other arguments than x and y/],
    ['more operands', add, [['x', 0, 0, { y: 1, z: 2 }]], /other arguments than x and y/],
    ['a text as operand', add, [['x', 0, 0, { y: 'one' }]], /neither a number/],
    ['an infinite operand', add, [['x', 0, 0, { y: Infinity }]], /neither a number/],
    ['an empty list as operand', add, [['x', 0, 0, { y: [] }]], /neither a number/],
    ['two constants', add, [['_CONSTANT_VALUE', -1, 1, { y: 2 }]], /both of its operands/],
    ['division by zero', { function: 'math.truediv' }, [['x', 0, 0, { y: 0 }]], /divides by zero/],
    ['an unknown argument', { function: 'nn.relu' }, [['x', 0, 0, { threshold: 3 }]], /has the argument threshold/],
    ['a computed shape', { function: 'reshape' }, [['x', 0, 0, { shape: [-1, ['s', 0, 0]] }]], /computed/]
  ])('%s', (_name, config, inbound, reason) => {
    expect(kindOf(config, inbound)).toMatch(reason);
  });

  it('and what can be expressed is', () => {
    expect(kindOf(add, [['x', 0, 0, { y: [1, 2, 3], name: null }]])).toEqual({
      kind: 'rescale',
      scale: 1,
      offset: [1, 2, 3]
    });
  });
});
