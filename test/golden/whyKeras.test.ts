import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cam } from '../../src/analyses/attribution/cam';
import type { Explainer, Question } from '../../src/analyses/attribution/explainer';
import { integratedGradients, saliency } from '../../src/analyses/attribution/gradients';
import type { DenseTensor, WeightRole } from '../../src/core/tensor';
import { openModelFile } from '../../src/readers/open';
import { parityEngines } from './parity';

interface Values {
  readonly shape: number[];
  readonly data: number[];
}

interface Moved {
  readonly losses: number[];
  /** By the variable's path: `layer/weight`. */
  readonly gradients: Readonly<Record<string, number[]>>;
  /** Moving statistics after the pass. */
  readonly moving: Readonly<Record<string, number[]>>;
}

interface Fixture {
  readonly input: Values;
  readonly target: number;
  readonly score: number;
  readonly saliency: number[];
  readonly gradCam: number[];
  readonly integrated: { readonly steps: number; readonly data: number[]; readonly baselineScore: number };
  readonly batch: Values;
  readonly classes: number[];
  readonly infer: Moved;
  readonly train: Moved;
}

const why = path.resolve(__dirname, '../fixtures/why');
const fixture = JSON.parse(readFileSync(path.join(why, 'keras.json'), 'utf8')) as Fixture;
const tensor = ({ shape, data }: Values): DenseTensor => ({ shape, data: Float32Array.from(data) });

function agree(actual: ArrayLike<number>, reference: readonly number[], least = 0): void {
  expect(actual.length).toBe(reference.length);
  const largest = Math.max(least, ...reference.map(Math.abs));
  const worst = Math.max(...reference.map((value, i) => Math.abs(value - (actual[i] ?? NaN))));
  expect(largest).toBeGreaterThan(0);
  expect(worst / largest).toBeLessThan(1e-4);
}

/** Keras's name of a variable. */
function pathOf(layer: string, role: WeightRole): string {
  const snake = role.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return layer === 'depthwise' ? snake.replace('depthwise_', '') : snake;
}

const opened = await openModelFile(path.join(why, 'keras-net.keras'));
if (!opened.ok) throw new Error(opened.error.problem);
const { model } = opened.value;
const classes = 4;
const targets = Float32Array.from({ length: classes * fixture.classes.length }, (_, i) =>
  Number(fixture.classes[Math.floor(i / classes)] === i % classes)
);

for (const { name, engine } of await parityEngines()) {
  describe.skipIf(engine === null)(`a Keras network's gradients equal GradientTape's on ${name}`, async () => {
    afterAll(() => engine?.dispose());
    const network = await engine?.prepare(model, { seed: 1 });
    const explainer: Explainer = {
      gradient: async (inputs, ask) => {
        const result = await network?.gradient(inputs, { ...ask, seed: 1 });
        if (result === undefined || result.stoppedAt !== null)
          throw new Error(result?.stoppedAt?.reason ?? 'no engine');
        return result;
      }
    };
    const question: Question = {
      objective: { kind: 'class', output: 0, index: fixture.target, score: 'logit' },
      inputs: [tensor(fixture.input)],
      input: 0,
      inputKey: 'input#0'
    };

    it('saliency', async () => {
      agree((await saliency(explainer, question)).data, fixture.saliency);
    });

    it('Grad-CAM', async () => {
      const found = await cam(explainer, question, { key: 'maps#0', format: 'channelsLast', method: 'gradCam' });
      agree(found.values, fixture.gradCam);
    });

    it('integrated gradients', async () => {
      const { steps, data, baselineScore } = fixture.integrated;
      const baseline = new Float32Array(fixture.input.data.length);
      const found = await integratedGradients(explainer, question, { steps, baseline });
      agree(found.attribution.data, data);
      expect(found.score).toBeCloseTo(fixture.score, 4);
      expect(found.baselineScore).toBeCloseTo(baselineScore, 4);
    });

    it.each(['infer', 'train'] as const)('the cross entropy with respect to every weight, mode %s', async (mode) => {
      const { losses, gradients, moving } = fixture[mode];
      const objective = { kind: 'loss', output: 0, loss: 'crossEntropy', targets } as const;
      const options = { objective, at: [], weights: 'all', statistics: true, mode, seed: 1 } as const;
      const found = await network?.gradient([tensor(fixture.batch)], options);
      agree(found?.objective ?? [], losses);
      // The reference is of the mean over the batch.
      const largest = Math.max(...Object.values(gradients).flat().map(Math.abs));
      const seen: string[] = [];
      for (const [id, own] of found?.weights ?? []) {
        for (const [i, gradient] of own.entries()) {
          const weight = model.root.layers.get(id)?.weights[i];
          if (gradient === null || weight === undefined) continue;
          const key = `${id}/${pathOf(id, weight.role)}`;
          const reference = gradients[key];
          if (reference === undefined) throw new Error(`no reference for ${key}`);
          seen.push(key);
          // A bias before batch statistics has none but rounding's: the scale is that of all weights.
          agree(
            gradient.data.map((value) => value / fixture.classes.length),
            reference,
            0.01 * largest
          );
        }
      }
      // One step of the moving statistics, as the layer's momentum says.
      expect(found?.statistics.size).toBe(mode === 'train' ? 2 : 0);
      for (const { layer: id, mean, variance } of found?.statistics.values() ?? []) {
        const node = model.root.layers.get(id);
        if (node?.kind.kind !== 'batchNorm') throw new Error(`${id} is no batch norm`);
        const { momentum } = node.kind;
        for (const [role, batch] of [['movingMean', mean] as const, ['movingVariance', variance] as const]) {
          const before = await node.weights.find((weight) => weight.role === role)?.read();
          const after = batch.map((value, i) => momentum * Number(before?.[i]) + (1 - momentum) * value);
          agree(after, moving[`${id}/${pathOf(id, role)}`] ?? []);
        }
      }
      expect(seen.toSorted()).toEqual(Object.keys(gradients).toSorted());
    });
  });
}
