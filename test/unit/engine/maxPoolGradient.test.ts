import { describe, expect, it } from 'vitest';
import type { LayerKind } from '../../../src/core/layerKind';
import { createRandom } from '../../../src/core/random';
import type { DenseTensor } from '../../../src/core/tensor';
import { createEngine } from '../../../src/engine/select';
import type { LossOfBatch } from '../../../src/engine/trainable';
import { chain, layer, weight } from './models';

const random = createRandom(5);
const drawn = (length: number, mean = 0) => Float32Array.from({ length }, () => mean + 0.5 * random.normal());
const images: DenseTensor = { shape: [2, 7, 7, 1], data: drawn(98) };
const FACTORS = drawn(64);

/** A sum of the outputs, each times a factor of its own. */
const loss = ([output]: readonly DenseTensor[]): LossOfBatch => {
  const factors = FACTORS.subarray(0, output?.data.length);
  return {
    value: factors.reduce((sum, factor, i) => sum + factor * (output?.data[i] ?? NaN), 0),
    gradients: [factors]
  };
};

const conv: LayerKind = {
  kind: 'conv',
  rank: 2,
  filters: 2,
  groups: 1,
  kernelSize: [3, 3],
  strides: [1, 1],
  dilation: [1, 1],
  padding: { type: 'same' },
  dataFormat: 'channelsLast',
  useBias: true,
  activation: { name: 'linear' }
};

const pool = (size: number, stride: number, padding: 'valid' | 'same'): LayerKind => ({
  kind: 'pool',
  operation: 'max',
  rank: 2,
  poolSize: [size, size],
  strides: [stride, stride],
  dilation: [1, 1],
  ceilMode: false,
  countIncludePad: false,
  padding: { type: padding },
  dataFormat: 'channelsLast'
});

describe('the gradient of max pooling where every maximum is negative', () => {
  it.each([
    ['windows side by side', pool(2, 2, 'valid')],
    ['windows that overlap', pool(3, 2, 'valid')],
    ['windows over the edge', pool(3, 2, 'same')]
  ])('equals differences of the loss: %s', async (_, kind) => {
    const engine = await createEngine('wasm');
    const weights = [
      weight('kernel', 'HWIO', [3, 3, 1, 2], drawn(18)),
      weight('bias', 'none', [2], Float32Array.of(-9, -8))
    ];
    const network = await engine.prepare(chain([null, 7, 7, 1], [layer('conv', conv, weights), layer('pool', kind)]), {
      seed: 1
    });
    const output = await network.run([images], { mode: 'train', seed: 1 });
    expect(output.outputs[0]?.data.every((value) => value < 0)).toBe(true);

    const step = () => {
      const taken = network.step([images], { seed: 1, scores: [false], loss, trains: () => true });
      if (taken.type === 'stopped') throw new Error(taken.reason);
      return taken;
    };
    const { gradients } = step();
    for (const { key, role, values } of network.parameters()) {
      // Between two changes of a maximum the loss is linear: the difference is as exact as single precision allows.
      const width = 2 ** -10;
      const at = (entry: number, by: number): number => {
        const changed = values.map((value, i) => (i === entry ? value + by : value));
        network.assign(new Map([[key, changed]]));
        return step().loss;
      };
      values.forEach((__, entry) => {
        const slope = (at(entry, width) - at(entry, -width)) / (2 * width);
        const found = gradients.get(key)?.[entry] ?? NaN;
        expect(Math.abs(found - slope), `${role} ${String(entry)}`).toBeLessThan(2e-2);
      });
      network.assign(new Map([[key, values]]));
    }
    network.dispose();
  });
});
