import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/random';
import type { DenseTensor } from '../../src/core/tensor';
import { applyDrawn, augment, draw, type Augmentation, type Drawn } from '../../src/data/augment/augment';
import { fromLayer, isAugmentation } from '../../src/data/augment/fromLayer';
import { projective, type FillMode, type Sampling } from '../../src/data/augment/projective';
import { rotation, translation, zoom } from '../../src/data/augment/transforms';

interface Case {
  readonly kind: string;
  readonly sampling: Sampling;
  readonly output: readonly number[];
  readonly degrees: readonly number[];
  readonly matrix: readonly number[];
  readonly moves: readonly (readonly [number, number])[];
  readonly zooms: readonly (readonly [number, number])[];
  readonly mode: string;
  readonly flips: readonly boolean[];
  readonly factors: readonly number[];
  readonly deltas: readonly number[];
  readonly valueRange: readonly [number, number];
}
interface Bounds {
  readonly low: readonly number[];
  readonly high: readonly number[];
}
interface RangeCase {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly angle?: Bounds;
  readonly contrast_factor?: Bounds;
  readonly rgb_delta?: Bounds;
  readonly translations?: Bounds;
  readonly height_zoom?: Bounds;
  readonly width_zoom?: Bounds;
}
interface Stored {
  readonly input: { readonly shape: readonly number[]; readonly data: readonly number[] };
  readonly cases: readonly Case[];
  readonly ranges: readonly RangeCase[];
}
const file = join(__dirname, '../fixtures/data/augmentation.json');
const stored = JSON.parse(readFileSync(file, 'utf8')) as Stored;
const input: DenseTensor = { shape: stored.input.shape, data: Float32Array.from(stored.input.data) };
const [, height = 0, width = 0] = input.shape;

function drawnOf(one: Case): Drawn {
  const { sampling, valueRange } = one;
  switch (one.kind) {
    case 'rotation':
      return { kind: 'move', transforms: one.degrees.map((angle) => rotation(angle, height, width)), sampling };
    case 'translation':
      return { kind: 'move', transforms: one.moves.map(([dx, dy]) => translation(dx, dy)), sampling };
    case 'zoom':
      return { kind: 'move', transforms: one.zooms.map(([zx, zy]) => zoom(zx, zy, height, width)), sampling };
    case 'flip': {
      const none = one.flips.map(() => false);
      const [horizontal, vertical] = [one.mode !== 'vertical', one.mode !== 'horizontal'];
      return { kind: 'flip', horizontal: horizontal ? one.flips : none, vertical: vertical ? one.flips : none };
    }
    case 'contrast':
      return { kind: 'contrast', factors: one.factors, valueRange };
    default:
      return { kind: 'brightness', deltas: one.deltas, valueRange };
  }
}

const layer = (name: string, parameters: Readonly<Record<string, unknown>>): Augmentation => {
  const found = fromLayer(name, parameters);
  if (!isAugmentation(found)) throw new Error(found.problem);
  return found;
};

describe('random changes against Keras under the same parameters', () => {
  it.each(stored.cases.map((one) => [`${one.kind} ${JSON.stringify(one.sampling ?? one.mode ?? '')}`, one] as const))(
    '%s',
    (_, one) => {
      const got = applyDrawn(input, drawnOf(one)).data;
      const scale = Math.max(...one.output.map(Math.abs));
      const worst = one.output.reduce((most, v, i) => Math.max(most, Math.abs(v - (got[i] ?? NaN))), 0);
      expect(worst / scale).toBeLessThan(1e-5);
      expect(got).toHaveLength(one.output.length);
    }
  );

  it('makes the rotation matrices of Keras', () => {
    const [first] = stored.cases;
    const got = (first?.degrees ?? []).flatMap((angle) => [...rotation(angle, height, width)]);
    got.forEach((value, i) => expect(value).toBeCloseTo(first?.matrix[i] ?? NaN, 4));
  });

  it.each(stored.ranges.map((one) => [`${one.name} ${JSON.stringify(one.arguments)}`, one] as const))(
    'draws from the ranges of %s',
    (_, one) => {
      const found = layer(one.name, one.arguments);
      const close = (
        mine: readonly [number, number] | null,
        bounds: Bounds | undefined,
        at: number,
        map: (v: number) => number
      ) => {
        if (mine === null || bounds === undefined) throw new Error('no range');
        const [low, high] = [map(mine[0]), map(mine[1])];
        // 4,000 uniform draws come within a hundredth of the range of its ends.
        const slack = (high - low) / 100;
        expect(Math.abs((bounds.low[at] ?? NaN) - low)).toBeLessThan(slack);
        expect(Math.abs((bounds.high[at] ?? NaN) - high)).toBeLessThan(slack);
      };
      if (found.kind === 'rotation') close(found.turns, one.angle, 0, (v) => 360 * v);
      else if (found.kind === 'contrast') close(found.factor, one.contrast_factor, 0, (v) => 1 + v);
      else if (found.kind === 'brightness') close(found.factor, one.rgb_delta, 0, (v) => 255 * v);
      else if (found.kind === 'translation') {
        close(found.width, one.translations, 0, (v) => 2 * v);
        close(found.height, one.translations, 1, (v) => 2 * v);
      } else if (found.kind === 'zoom') {
        close(found.height, one.height_zoom, 0, (v) => 1 + v);
        close(found.width ?? found.height, one.width_zoom, 0, (v) => 1 + v);
      } else throw new Error(found.kind);
    }
  );
});

describe('projective', () => {
  const row: DenseTensor = { shape: [1, 1, 4, 1], data: Float32Array.of(1, 2, 3, 4) };
  const moved = (dx: number, fillMode: FillMode, interpolation: 'bilinear' | 'nearest' = 'bilinear') => [
    ...projective(row, [translation(dx, 0)], { fillMode, interpolation, fillValue: 9 }).data
  ];

  it('fills what comes in from outside as the mode says', () => {
    expect(moved(0, 'reflect')).toEqual([1, 2, 3, 4]);
    expect(moved(2, 'reflect')).toEqual([2, 1, 1, 2]);
    expect(moved(-3, 'reflect')).toEqual([4, 4, 3, 2]);
    expect(moved(2, 'nearest')).toEqual([1, 1, 1, 2]);
    expect(moved(2, 'wrap')).toEqual([3, 4, 1, 2]);
    expect(moved(2, 'constant')).toEqual([9, 9, 1, 2]);
    // Half a pixel: TensorFlow 2.16 blends the edge with the fill value.
    expect(moved(0.5, 'constant')).toEqual([5, 1.5, 2.5, 3.5]);
    expect(moved(0.75, 'constant', 'nearest')).toEqual([9, 1, 2, 3]);
  });

  it('turns a quarter about the centre', () => {
    const square: DenseTensor = { shape: [1, 2, 2, 1], data: Float32Array.of(1, 2, 3, 4) };
    const turned = projective(square, [rotation(90, 2, 2)], {
      fillMode: 'constant',
      interpolation: 'nearest',
      fillValue: 0
    });
    expect([...turned.data]).toEqual([2, 4, 1, 3]);
  });
});

describe('augment', () => {
  const flip = layer('RandomFlip', { mode: 'horizontal' });
  const noise = layer('GaussianNoise', { stddev: 0.5 });

  it('gives the same for the same seed, another for another, and leaves its input alone', () => {
    const before = Float32Array.from(input.data);
    const layers = [flip, layer('RandomRotation', { factor: 0.1 }), noise];
    expect(augment(input, layers, 3).data).toEqual(augment(input, layers, 3).data);
    expect(augment(input, layers, 3).data).not.toEqual(augment(input, layers, 4).data);
    expect(input.data).toEqual(before);
  });

  it('leaves the draws of a layer alone when another is taken out', () => {
    const alone = augment(input, [noise], 9).data;
    const bright = layer('RandomBrightness', { factor: 0 });
    augment(input, [bright, noise], 9).data.forEach((value, i) => {
      const clipped = Math.max(0, Math.min(255, input.data[i] ?? 0));
      expect(value - clipped).toBeCloseTo((alone[i] ?? NaN) - (input.data[i] ?? 0), 4);
    });
  });

  it('draws noise of the asked deviation and flips about half of the pictures', () => {
    const many = draw({ kind: 'noise', stddev: 2 }, [1, 100, 100, 1], createRandom(1));
    if (many.kind !== 'noise') throw new Error('noise');
    const std = Math.sqrt(many.noise.reduce((sum, v) => sum + v * v, 0) / many.noise.length);
    expect(std).toBeGreaterThan(1.95);
    expect(std).toBeLessThan(2.05);
    const flips = draw(flip, [1000, 2, 2, 1], createRandom(1));
    const turned = flips.kind === 'flip' ? flips.horizontal.filter(Boolean).length : 0;
    expect(turned).toBeGreaterThan(430);
    expect(turned).toBeLessThan(570);
  });

  it('says what it cannot run', () => {
    expect(isAugmentation(fromLayer('RandomFlip', { mode: 'sideways' }))).toBe(false);
    expect(isAugmentation(fromLayer('RandomZoom', {}))).toBe(false);
    expect(isAugmentation(fromLayer('RandomRotation', { factor: 0.1, fill_mode: 'odd' }))).toBe(false);
    expect(fromLayer('AugMix', {})).toMatchObject({ operation: 'AugMix' });
  });
});
