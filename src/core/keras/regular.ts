/** Normalisation, dropout and noise layers of Keras. */
import { flatNumbers, AttributeProblem, type Attributes } from './attributes';
import type { Translator } from './context';
import { t } from '../texts';

const seedOf = (attributes: Attributes): number | null => {
  const seed = attributes.raw('seed');
  return typeof seed === 'number' ? seed : null;
};

/** Axes with size 1 in `noise_shape` share one mask entry. */
function sharedAxesOf(attributes: Attributes): number[] {
  const shape = attributes.raw('noise_shape') ?? [];
  if (!Array.isArray(shape)) throw attributes.problem('noise_shape', t('a list of sizes'));
  return shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
}

function spatialDropout(rank: 1 | 2 | 3): Translator {
  return (attributes) => {
    const first = rank > 1 && attributes.dataFormat() === 'channelsFirst' ? 2 : 1;
    return {
      kind: 'dropout',
      rate: attributes.number('rate', 0.5),
      sharedAxes: Array.from({ length: rank }, (_, i) => first + i),
      seed: seedOf(attributes)
    };
  };
}

const batchNormalization: Translator = (attributes) => {
  const mode = attributes.raw('mode') ?? 0;
  if (mode !== 0) {
    throw new AttributeProblem(
      t("Keras 1 batch normalization in mode {0} uses the batch's own statistics", String(mode))
    );
  }
  return {
    kind: 'batchNorm',
    axis: attributes.axis('axis', -1),
    epsilon: attributes.number('epsilon', 1e-3),
    momentum: attributes.number('momentum', 0.99),
    center: attributes.boolean('center', true),
    scale: attributes.boolean('scale', true),
    tracksStatistics: true
  };
};

const normalization: Translator = (attributes) => ({
  kind: 'normalization',
  axes: attributes.raw('axis') === null ? null : attributes.integers('axis', [-1]),
  mean: constants(attributes, 'mean'),
  variance: constants(attributes, 'variance'),
  invert: attributes.boolean('invert', false)
});

function constants(attributes: Attributes, name: string): number[] | null {
  if (!attributes.has(name)) return null;
  const numbers = flatNumbers(attributes.raw(name));
  if (numbers === null) throw attributes.problem(name, 'numbers');
  return numbers;
}

function scalarOrList(attributes: Attributes, name: string, fallback: number): number | number[] {
  const value = attributes.raw(name) ?? fallback;
  const numbers = flatNumbers(value);
  const [single] = numbers ?? [];
  if (numbers === null || single === undefined) throw attributes.problem(name, 'numbers');
  return numbers.length === 1 ? single : numbers;
}

export const REGULARISING: ReadonlyMap<string, Translator> = new Map<string, Translator>([
  ['BatchNormalization', batchNormalization],
  [
    'LayerNormalization',
    (attributes) => ({
      kind: 'layerNorm',
      axes: attributes.integers('axis', [-1]),
      epsilon: attributes.number('epsilon', 1e-3),
      center: attributes.boolean('center', true),
      scale: attributes.boolean('scale', true),
      rms: attributes.boolean('rms_scaling', false)
    })
  ],
  [
    'RMSNormalization',
    (attributes) => ({
      kind: 'layerNorm',
      axes: attributes.integers('axis', [-1]),
      epsilon: attributes.number('epsilon', 1e-6),
      center: false,
      scale: true,
      rms: true
    })
  ],
  [
    'GroupNormalization',
    (attributes) => ({
      kind: 'groupNorm',
      groups: attributes.number('groups', 32),
      axis: attributes.axis('axis', -1),
      epsilon: attributes.number('epsilon', 1e-3),
      center: attributes.boolean('center', true),
      scale: attributes.boolean('scale', true)
    })
  ],
  [
    'UnitNormalization',
    (attributes) => ({ kind: 'unitNorm', axes: attributes.integers('axis', [-1]), epsilon: 1e-12 })
  ],
  ['Normalization', normalization],
  [
    'Rescaling',
    (attributes) => ({
      kind: 'rescale',
      scale: scalarOrList(attributes, 'scale', 1),
      offset: scalarOrList(attributes, 'offset', 0)
    })
  ],
  [
    'Dropout',
    (attributes) => ({
      kind: 'dropout',
      rate: attributes.number('rate'),
      sharedAxes: sharedAxesOf(attributes),
      seed: seedOf(attributes)
    })
  ],
  ['SpatialDropout1D', spatialDropout(1)],
  ['SpatialDropout2D', spatialDropout(2)],
  ['SpatialDropout3D', spatialDropout(3)],
  [
    'AlphaDropout',
    (attributes) => ({
      kind: 'alphaDropout',
      rate: attributes.number('rate'),
      sharedAxes: sharedAxesOf(attributes),
      seed: seedOf(attributes)
    })
  ],
  [
    'GaussianDropout',
    (attributes) => ({ kind: 'gaussianDropout', rate: attributes.number('rate'), seed: seedOf(attributes) })
  ],
  [
    'GaussianNoise',
    (attributes) => ({ kind: 'gaussianNoise', stddev: attributes.number('stddev'), seed: seedOf(attributes) })
  ]
]);
