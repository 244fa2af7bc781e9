/** A few layers against numbers computed elsewhere (NumPy), before an engine is trusted; and a fixed step to time it. */
import { LINEAR, RELU } from '../core/activation';
import type { LayerKind } from '../core/layerKind';
import { elementCount } from '../core/tensor';
import { LayerWeights } from './layers/context';
import { forwardLayer } from './layers/forward';
import { createRandom } from '../core/random';
import type { Backend } from './tensorEngine';
import type { Tensor, Tensor4D } from './tensorLibrary';
import { orderWeights, type RawWeight } from './weightOrder';
import { t } from '../core/texts';

interface Check {
  readonly title: () => string;
  readonly kind: LayerKind;
  readonly shape: readonly number[];
  /** The input counts up: `start, start + step…`. */
  readonly start: number;
  readonly step: number;
  readonly weights: readonly Pick<RawWeight, 'role' | 'layout' | 'shape'>[];
  readonly expected: readonly number[];
}

const plane = { rank: 2, dataFormat: 'channelsLast', dilation: [1, 1] } as const;
const pooled = { ...plane, poolSize: [3, 3], strides: [2, 2], padding: { type: 'same' }, ceilMode: false } as const;

/** Weights count up too: element `i` of weight `w` is `((7 i + 3 w) mod 11 - 5) / 4`, plus 2 for a variance. */
const CHECKS: readonly Check[] = [
  {
    title: () => t('convolution with stride 2'),
    kind: {
      kind: 'conv',
      ...plane,
      filters: 2,
      groups: 1,
      kernelSize: [3, 3],
      strides: [2, 2],
      padding: { type: 'same' },
      useBias: true,
      activation: RELU
    },
    shape: [1, 4, 4, 1],
    start: -1.5,
    step: 0.25,
    weights: [
      { role: 'kernel', layout: 'HWIO', shape: [3, 3, 1, 2] },
      { role: 'bias', layout: 'none', shape: [2] }
    ],
    expected: [1.9375, 0.4375, 2.9375, 0, 0, 0.5, 0, 5]
  },
  {
    title: () => t('depthwise convolution'),
    kind: {
      kind: 'depthwiseConv',
      ...plane,
      depthMultiplier: 1,
      kernelSize: [2, 2],
      strides: [1, 1],
      padding: { type: 'valid' },
      useBias: false,
      activation: LINEAR
    },
    shape: [1, 3, 3, 2],
    start: -1,
    step: 0.125,
    weights: [{ role: 'depthwiseKernel', layout: 'HWIM', shape: [2, 2, 2, 1] }],
    expected: [1.5625, -1.125, 1.4375, -0.875, 1.1875, -0.375, 1.0625, -0.125]
  },
  {
    title: () => t('max pooling of negative values'),
    kind: { kind: 'pool', operation: 'max', ...pooled, countIncludePad: false },
    shape: [1, 4, 4, 1],
    start: -20,
    step: 1,
    weights: [],
    expected: [-10, -9, -6, -5]
  },
  {
    title: () => t('average pooling at the border'),
    kind: { kind: 'pool', operation: 'average', ...pooled, countIncludePad: false },
    shape: [1, 4, 4, 1],
    start: -20,
    step: 1,
    weights: [],
    expected: [-15, -13.5, -9, -7.5]
  },
  {
    title: () => t('batch normalisation'),
    kind: {
      kind: 'batchNorm',
      axis: -1,
      epsilon: 0.001,
      momentum: 0.99,
      center: true,
      scale: true,
      tracksStatistics: true
    },
    shape: [1, 1, 2, 3],
    start: -1,
    step: 0.5,
    weights: (['gamma', 'beta', 'movingMean', 'movingVariance'] as const).map((role) => ({
      role,
      layout: 'none',
      shape: [3]
    })),
    expected: [
      0.401959481553659, 1.3383662588443628, 0.7497501873438865, -0.6803918963107318, 1.8685638119105397,
      0.00012490632805670088
    ]
  },
  {
    title: () => t('dense layer with softmax'),
    kind: { kind: 'dense', units: 3, useBias: true, activation: { name: 'softmax', axis: -1 } },
    shape: [1, 5],
    start: -1,
    step: 0.5,
    weights: [
      { role: 'kernel', layout: 'IO', shape: [5, 3] },
      { role: 'bias', layout: 'none', shape: [3] }
    ],
    expected: [0.2869539713249813, 0.1055644666129602, 0.6074815620620584]
  }
];

/** Runs every check; the first failure in words, `null` where all pass. Nothing stays on the engine. */
export function selfTest(backend: Backend): string | null {
  const { tf } = backend;
  void tf.setBackend(backend.id);
  for (const check of CHECKS) {
    const { start, step, shape } = check;
    try {
      const values = tf.tidy(() => {
        const input = Float32Array.from({ length: elementCount(shape) }, (_, i) => start + step * i);
        return compute(backend, check, tf.tensor(input, [...shape])).dataSync<'float32'>();
      });
      const worst = check.expected.reduce(
        (most, wanted, i) => Math.max(most, Math.abs(wanted - (values[i] ?? NaN))),
        0
      );
      if (!(worst <= 1e-5) || values.length !== check.expected.length)
        return t('{0} is off by {1}', check.title(), worst);
    } catch (error) {
      return t('{0} fails ({1})', check.title(), error instanceof Error ? error.message : String(error));
    }
  }
  return null;
}

function compute({ tf }: Backend, check: Check, input: Tensor): Tensor {
  const raw = check.weights.map((weight, w): RawWeight => {
    const offset = weight.role === 'movingVariance' ? 2 : 0;
    const data = Float32Array.from(
      { length: elementCount(weight.shape) },
      (_, i) => (((7 * i + 3 * w) % 11) - 5) / 4 + offset
    );
    return { ...weight, flipped: false, data };
  });
  const weights = orderWeights(check.kind, raw).map(({ role, shape, data }) => ({
    role,
    tensor: tf.tensor(data, [...shape])
  }));
  const [output] = forwardLayer(check.kind, [input], new LayerWeights(weights), {
    tf,
    mode: 'infer',
    random: createRandom(1),
    dialect: 'keras'
  });
  return output ?? input;
}

/** Milliseconds of a fixed step: two 3 x 3 convolutions of 64 channels at 56 x 56, the median of five. */
export function measureStep({ tf, id }: Backend): number {
  void tf.setBackend(id);
  const fixed = tf.tidy(() => ({
    input: tf.fill([1, 56, 56, 64], 0.5),
    kernel: tf.fill([3, 3, 64, 64], 0.01)
  }));
  const step = (): number => {
    const start = performance.now();
    tf.tidy(() => {
      const first = tf.conv2d(fixed.input as Tensor4D, fixed.kernel as Tensor4D, 1, 'same');
      tf.conv2d(first, fixed.kernel as Tensor4D, 1, 'same').dataSync();
    });
    return performance.now() - start;
  };
  step();
  const times = Array.from({ length: 5 }, step).sort((a, b) => a - b);
  tf.dispose(fixed);
  return Math.round((times[2] ?? 0) * 100) / 100;
}
