import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cam } from '../../src/analyses/attribution/cam';
import type { Explainer, Question } from '../../src/analyses/attribution/explainer';
import { integratedGradients, saliency, smoothGrad } from '../../src/analyses/attribution/gradients';
import { meanOfValues, occlusion } from '../../src/analyses/attribution/occlusion';
import { LINEAR, RELU, type Activation } from '../../src/core/activation';
import type { KindOf } from '../../src/core/layerKind';
import type { DenseTensor } from '../../src/core/tensor';
import { graphOf, layer, modelOf, weight } from '../unit/engine/models';
import { parityEngines } from './parity';

interface Values {
  readonly shape: number[];
  readonly data: number[];
}

interface Fixture {
  readonly input: Values;
  readonly weights: Readonly<Record<string, Values>>;
  readonly target: number;
  readonly logits: number[];
  readonly gradCam: number[];
  readonly gradCamPlus: number[];
  readonly saliency: number[];
  readonly smooth: { readonly samples: number; readonly sigma: number; readonly seed: number; readonly data: number[] };
  readonly integrated: { readonly steps: number; readonly data: number[]; readonly delta: number };
  readonly occlusion: { readonly window: [number, number]; readonly stride: [number, number]; readonly data: number[] };
}

const file = path.resolve(__dirname, '../fixtures/why/captum.json');
const fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture;
const input: DenseTensor = { shape: fixture.input.shape, data: Float32Array.from(fixture.input.data) };

function stored(name: string, role: 'kernel' | 'bias', layout: 'OIHW' | 'OI' | 'none') {
  const values = fixture.weights[name];
  if (values === undefined) throw new Error(`no weight ${name}`);
  return weight(role, layout, values.shape, Float32Array.from(values.data));
}

function conv(id: string, filters: number, pad: number, activation: Activation) {
  const kind: KindOf<'conv'> = {
    kind: 'conv',
    rank: 2,
    filters,
    groups: 1,
    kernelSize: [3, 3],
    strides: [1, 1],
    dilation: [1, 1],
    padding: {
      type: 'explicit',
      pads: [
        [pad, pad],
        [pad, pad]
      ],
      mode: 'zeros'
    },
    dataFormat: 'channelsFirst',
    useBias: true,
    activation
  };
  return layer(id, kind, [stored(`${id}.weight`, 'kernel', 'OIHW'), stored(`${id}.bias`, 'bias', 'none')]);
}

const pool = layer('pool', {
  kind: 'pool',
  operation: 'max',
  rank: 2,
  poolSize: [2, 2],
  strides: [2, 2],
  dilation: [1, 1],
  padding: { type: 'valid' },
  ceilMode: false,
  countIncludePad: true,
  dataFormat: 'channelsFirst'
});
const linear = layer('linear', { kind: 'dense', units: 5, useBias: true, activation: LINEAR }, [
  stored('linear.weight', 'kernel', 'OI'),
  stored('linear.bias', 'bias', 'none')
]);
const model = modelOf(
  graphOf(
    'net',
    [
      { layer: layer('input', { kind: 'input', shape: [null, 2, 10, 12], dtype: 'float32' }), from: [] },
      { layer: conv('conv1', 4, 1, { name: 'tanh' }), from: [0] },
      { layer: pool, from: [1] },
      { layer: conv('conv2', 6, 0, RELU), from: [2] },
      { layer: layer('flat', { kind: 'flatten', channelsLastOrder: false, startAxis: 1, endAxis: -1 }), from: [3] },
      { layer: linear, from: [4] },
      { layer: layer('softmax', { kind: 'activation', activation: { name: 'softmax', axis: -1 } }), from: [5] }
    ],
    [6]
  ),
  'pytorch'
);

function agree(actual: ArrayLike<number>, reference: readonly number[]): void {
  expect(actual.length).toBe(reference.length);
  const largest = Math.max(...reference.map(Math.abs));
  const worst = Math.max(...reference.map((value, i) => Math.abs(value - (actual[i] ?? NaN))));
  expect(largest).toBeGreaterThan(0);
  expect(worst).toBeLessThan(1e-4 * Math.max(1, largest));
}

for (const { name, engine } of await parityEngines()) {
  describe.skipIf(engine === null)(`attributions equal Captum's on ${name}`, async () => {
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
    // The softmax at the end is passed over: the reference explains the logit.
    const question: Question = {
      objective: { kind: 'class', output: 0, index: fixture.target, score: 'logit' },
      inputs: [input],
      input: 0,
      inputKey: 'input#0'
    };

    it('Grad-CAM and Grad-CAM++', async () => {
      const at = { key: 'conv2#0', format: 'channelsFirst' } as const;
      const plain = await cam(explainer, question, { ...at, method: 'gradCam' });
      expect(plain.size).toEqual([3, 4]);
      agree(plain.values, fixture.gradCam);
      agree((await cam(explainer, question, { ...at, method: 'gradCamPlus' })).values, fixture.gradCamPlus);
    });

    it('saliency and SmoothGrad under the same noise', async () => {
      agree((await saliency(explainer, question)).data, fixture.saliency);
      agree((await smoothGrad(explainer, question, fixture.smooth)).data, fixture.smooth.data);
    });

    it('integrated gradients with their completeness error', async () => {
      const { steps, data, delta } = fixture.integrated;
      const baseline = new Float32Array(input.data.length);
      const found = await integratedGradients(explainer, question, { steps, baseline });
      agree(found.attribution.data, data);
      expect(found.score).toBeCloseTo(fixture.logits[fixture.target] ?? NaN, 4);
      expect(found.sum - (found.score - found.baselineScore)).toBeCloseTo(delta, 4);
    });

    it('occlusion', async () => {
      const { window, stride, data } = fixture.occlusion;
      const found = await occlusion(explainer, question, {
        window,
        stride,
        fill: meanOfValues(input.data),
        format: 'channelsFirst'
      });
      agree(found.values, data);
    });
  });
}
