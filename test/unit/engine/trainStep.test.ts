import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/select';
import type { LossOfBatch } from '../../../src/engine/trainable';
import { openModelFile } from '../../../src/readers/open';
import { lossOf } from '../../../src/training/losses/loss';
import { lossDefaults, logitForm } from '../../../src/training/losses/settings';
import { createOptimizer } from '../../../src/training/optimizers/optimizer';
import { defaultsOf } from '../../../src/training/optimizers/settings';
import type { DenseTensor } from '../../../src/core/tensor';

const digits = path.resolve(__dirname, '../../../samples/digits_cnn.keras');

describe('a step of training', () => {
  it('makes the loss of a batch smaller and gives every learned weight a gradient', async () => {
    const opened = await openModelFile(digits);
    if (!opened.ok) throw new Error(opened.error.problem);
    const engine = await createEngine('wasm');
    const network = await engine.prepare(opened.value.model, { seed: 1 });
    const parameters = network.parameters();
    const learned = parameters.filter((one) => one.learned);
    const batch = 8;
    const input: DenseTensor = {
      shape: [batch, 28, 28, 1],
      data: Float32Array.from({ length: batch * 784 }, (_, i) => ((i * 7919) % 1000) / 1000)
    };
    const classes = Int32Array.from({ length: batch }, (_, i) => i);
    const settings = logitForm(lossDefaults('SparseCategoricalCrossentropy') ?? fail());
    if (settings === null) throw new Error('no form over scores');
    const optimizer = createOptimizer(defaultsOf('sgd', 'keras') ?? fail());
    const loss = ([scores]: readonly DenseTensor[]): LossOfBatch => {
      const found = scores && lossOf(settings, scores, { kind: 'classes', classes });
      if (found?.ok !== true) throw new Error('no loss');
      return { value: found.value.value, gradients: [found.value.gradient] };
    };
    const losses: number[] = [];
    for (let step = 0; step < 5; step++) {
      const taken = network.step([input], { seed: 1, scores: [true], loss, trains: () => true });
      if (taken.type === 'stopped') throw new Error(taken.reason);
      losses.push(taken.loss);
      expect([...taken.gradients.keys()].sort()).toEqual(learned.map(({ key }) => key).sort());
      expect(taken.statistics.map(({ layer }) => layer)).toEqual(['batch_normalization', 'batch_normalization_1']);
      optimizer.apply(
        learned.map(({ key, values }) => ({
          key,
          values,
          gradient: taken.gradients.get(key) ?? new Float32Array(values.length),
          decays: true
        })),
        0.05
      );
      network.assign(new Map(learned.map(({ key, values }) => [key, values])));
    }
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) * 0.7);
    network.dispose();
    opened.value.close();
  });

  it('gives the others the same gradients where a layer is frozen', async () => {
    const opened = await openModelFile(digits);
    if (!opened.ok) throw new Error(opened.error.problem);
    const engine = await createEngine('wasm');
    const network = await engine.prepare(opened.value.model, { seed: 1 });
    const input: DenseTensor = {
      shape: [4, 28, 28, 1],
      data: Float32Array.from({ length: 4 * 784 }, (_, i) => ((i * 7919) % 1000) / 1000)
    };
    const loss = ([scores]: readonly DenseTensor[]): LossOfBatch => ({
      value: 0,
      gradients: [scores?.data.map((_, i) => Math.cos(i)) ?? fail()]
    });
    const gradientsWithout = (frozen: string | null) => {
      const taken = network.step([input], { seed: 1, scores: [true], loss, trains: ({ id }) => id !== frozen });
      if (taken.type === 'stopped') throw new Error(taken.reason);
      return taken.gradients;
    };
    const all = gradientsWithout(null);
    for (const frozen of ['conv2d', 'conv2d_1', 'dense']) {
      const others = gradientsWithout(frozen);
      const kept = [...all].filter(([key]) => !key.startsWith(`${frozen} `));
      expect(kept.length).toBe(all.size - 2);
      expect([...others.keys()].sort()).toEqual(kept.map(([key]) => key).sort());
      for (const [key, wanted] of kept) {
        const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const worst = wanted.reduce(
          (most, value, i) => Math.max(most, Math.abs(value - (others.get(key)?.[i] ?? NaN))),
          0
        );
        expect(worst).toBeLessThanOrEqual(1e-6 * largest);
      }
    }
    network.dispose();
    opened.value.close();
  });
});

function fail(): never {
  throw new Error('missing');
}
