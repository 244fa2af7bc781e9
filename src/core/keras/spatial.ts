/** Pooling, padding, cropping and resizing layers of Keras. */
import type { Interpolation } from '../layerKind';
import { fieldOf, type Attributes } from './attributes';
import { AttributeProblem } from './attributes';
import { eachRank, type Translator } from './context';
import { paddingOf } from './convolutions';
import { t } from '../texts';

function pooling(operation: 'max' | 'average', rank: 1 | 2 | 3): Translator {
  return (attributes) => {
    const poolSize = attributes.sizes('pool_size', rank, 2);
    return {
      kind: 'pool',
      operation,
      rank,
      poolSize,
      strides: attributes.has('strides') ? attributes.sizes('strides', rank) : poolSize,
      dilation: Array<number>(rank).fill(1),
      padding: paddingOf(attributes, poolSize),
      dataFormat: attributes.dataFormat(),
      ceilMode: false,
      countIncludePad: false
    };
  };
}

function globalPooling(operation: 'max' | 'average', rank: 1 | 2 | 3): Translator {
  return (attributes) => ({
    kind: 'globalPool',
    operation,
    rank,
    keepDims: attributes.boolean('keepdims', false),
    dataFormat: attributes.dataFormat()
  });
}

function adaptivePooling(operation: 'max' | 'average', rank: 1 | 2 | 3): Translator {
  return (attributes) => ({
    kind: 'adaptivePool',
    operation,
    rank,
    outputSize: attributes.sizes('output_size', rank),
    dataFormat: attributes.dataFormat()
  });
}

/** Names of Keras 1's dictionary form, before and after on each axis. */
const SIDES = [
  ['top_pad', 'bottom_pad'],
  ['left_pad', 'right_pad']
] as const;

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31;

/**
 * `[before, after]` for each spatial axis from the forms Keras has had: one number, one number for each axis, a pair for
 * each axis, one flat list of all sides, and a dictionary of sides.
 */
export function sidesOf(attributes: Attributes, name: string, rank: number, fallback: number): [number, number][] {
  const value = attributes.raw(name) ?? fallback;
  const wrong = () => attributes.problem(name, t('sizes for {0} axes', rank));
  if (isCount(value)) return Array.from({ length: rank }, () => [value, value]);
  if (rank === 2 && !Array.isArray(value) && typeof value === 'object') {
    return SIDES.map(([before, after]) => {
      const pair = [fieldOf(value, before) ?? 0, fieldOf(value, after) ?? 0];
      return pairOf(pair) ?? fail(wrong());
    });
  }
  if (!Array.isArray(value)) throw wrong();
  const list: readonly unknown[] = value;
  const flat = rank === 1 ? list.length === 2 : list.length === rank * 2;
  if (flat && list.every(isCount)) {
    return Array.from({ length: rank }, (_, i) => pairOf(list.slice(i * 2, i * 2 + 2)) ?? fail(wrong()));
  }
  if (list.length !== rank) throw wrong();
  return list.map((item) => (isCount(item) ? [item, item] : (pairOf(item) ?? fail(wrong()))));
}

function pairOf(value: unknown): [number, number] | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [before, after]: readonly unknown[] = value;
  return isCount(before) && isCount(after) ? [before, after] : null;
}

function fail(problem: AttributeProblem): never {
  throw problem;
}

function interpolationOf(attributes: Attributes, fallback: Interpolation): Interpolation {
  const value = attributes.text('interpolation', fallback).toLowerCase();
  switch (value) {
    case 'nearest':
    case 'bilinear':
    case 'bicubic':
    case 'area':
    case 'lanczos3':
    case 'lanczos5':
      return value;
    default:
      throw attributes.problem('interpolation', t('nearest, bilinear, bicubic, area, lanczos3 or lanczos5'));
  }
}

const imageSize = (attributes: Attributes) => ({
  height: attributes.size('height', undefined, 1),
  width: attributes.size('width', undefined, 1)
});

const resizing: Translator = (attributes) => {
  for (const option of ['crop_to_aspect_ratio', 'pad_to_aspect_ratio', 'antialias']) {
    if (attributes.boolean(option, false)) throw new AttributeProblem(t('Resizing with {0} is not supported', option));
  }
  return {
    kind: 'resize',
    ...imageSize(attributes),
    interpolation: interpolationOf(attributes, 'bilinear'),
    coordinates: 'halfPixel',
    dataFormat: attributes.dataFormat()
  };
};

export const SPATIAL: ReadonlyMap<string, Translator> = new Map<string, Translator>([
  ...eachRank('MaxPooling', (rank) => pooling('max', rank)),
  ...eachRank('AveragePooling', (rank) => pooling('average', rank)),
  ...eachRank('GlobalMaxPooling', (rank) => globalPooling('max', rank)),
  ...eachRank('GlobalAveragePooling', (rank) => globalPooling('average', rank)),
  ...eachRank('AdaptiveMaxPooling', (rank) => adaptivePooling('max', rank)),
  ...eachRank('AdaptiveAveragePooling', (rank) => adaptivePooling('average', rank)),
  ...eachRank('ZeroPadding', (rank) => (attributes) => ({
    kind: 'pad',
    pads: sidesOf(attributes, 'padding', rank, 1),
    mode: 'zeros',
    value: 0,
    dataFormat: attributes.dataFormat()
  })),
  ...eachRank('Cropping', (rank) => (attributes) => ({
    kind: 'crop',
    crops: sidesOf(attributes, 'cropping', rank, rank === 2 ? 0 : 1),
    dataFormat: attributes.dataFormat()
  })),
  ...eachRank('UpSampling', (rank) => (attributes, context) => ({
    kind: 'upsample',
    factors: attributes.sizes('size', rank, 2),
    interpolation: rank === 2 ? interpolationOf(attributes, 'nearest') : 'nearest',
    coordinates: context.asymmetricResize === true ? 'asymmetric' : 'halfPixel',
    dataFormat: attributes.dataFormat()
  })),
  ['Resizing', resizing],
  [
    'CenterCrop',
    (attributes) => ({ kind: 'centerCrop', ...imageSize(attributes), dataFormat: attributes.dataFormat() })
  ]
]);
