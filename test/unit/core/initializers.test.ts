import { describe, expect, it } from 'vitest';
import { expectedWeights } from '../../../src/core/expectedWeights';
import {
  computeFans,
  distributionOf,
  drawWeight,
  initializerFor,
  initializerNote
} from '../../../src/core/initializers';
import type { LayerNode } from '../../../src/core/model';
import { createRandom, fromState, seedFor } from '../../../src/core/random';
import { conv, GraphBuilder } from './builder';

const named = (name: string, parameters: Record<string, number> = {}) => ({ name, parameters });

function moments(data: Float32Array): { mean: number; stddev: number; min: number; max: number } {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
  return { mean, stddev: Math.sqrt(variance), min: Math.min(...data), max: Math.max(...data) };
}

function layerOf(options: Partial<LayerNode> = {}): LayerNode {
  const g = new GraphBuilder('one');
  g.add('conv', conv(8, [3, 3]), [g.input('x', [null, 8, 8, 4])], options);
  const layer = g.graph().layers.get('conv');
  if (layer === undefined) throw new Error('no layer');
  return layer;
}

describe('random numbers', () => {
  it('follow the published sequence of xoshiro128** from state 1, 2, 3, 4', () => {
    const random = fromState([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, () => random.next())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804
    ]);
  });

  it('repeat for one seed and differ for the next', () => {
    const draw = (seed: number): number[] => Array.from({ length: 4 }, createRandom(seed).next);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(seedFor(1, 'conv/kernel')).not.toBe(seedFor(1, 'conv/bias'));
    expect(seedFor(1, 'conv/kernel')).not.toBe(seedFor(2, 'conv/kernel'));
  });

  it('draws masks in one go as it would number by number', () => {
    const [together, apart] = [createRandom(9), createRandom(9)];
    const values = new Float32Array(1000);
    together.keep(values, 0, 400, 0.3, 2);
    together.keep(values, 400, 1000, 0.8, 3);
    const wanted = values.map((_, i) => (apart.uniform() >= (i < 400 ? 0.3 : 0.8) ? (i < 400 ? 2 : 3) : 0));
    expect([...values]).toEqual([...wanted]);
    expect(together.next()).toBe(apart.next());
  });

  it('are uniform and normal', () => {
    const random = createRandom(5);
    const uniform = moments(Float32Array.from({ length: 40_000 }, random.uniform));
    expect(uniform.mean).toBeCloseTo(0.5, 2);
    expect(uniform.stddev).toBeCloseTo(Math.sqrt(1 / 12), 2);
    const normal = moments(Float32Array.from({ length: 40_000 }, random.normal));
    expect(normal.mean).toBeCloseTo(0, 1);
    expect(normal.stddev).toBeCloseTo(1, 1);
    const cut = moments(Float32Array.from({ length: 40_000 }, random.truncatedNormal));
    expect(Math.max(-cut.min, cut.max)).toBeLessThanOrEqual(2);
    expect(cut.stddev).toBeCloseTo(0.8796, 2);
  });
});

describe('initialisers', () => {
  it('count fans as Keras does', () => {
    expect(computeFans([3, 3, 4, 8])).toEqual({ fanIn: 36, fanOut: 72 });
    expect(computeFans([20, 30])).toEqual({ fanIn: 20, fanOut: 30 });
    expect(computeFans([7])).toEqual({ fanIn: 7, fanOut: 7 });
  });

  it('have the bounds their papers give', () => {
    const shape = [3, 3, 4, 8];
    expect(distributionOf(named('glorotUniform'), shape)).toMatchObject({ high: Math.sqrt(6 / (36 + 72)) });
    expect(distributionOf(named('heUniform'), shape)).toMatchObject({ high: Math.sqrt(6 / 36) });
    expect(distributionOf(named('torchUniform'), shape)).toMatchObject({ high: 1 / 6 });
    expect(distributionOf(named('fanOutUniform', { scale: 3 }), shape)).toMatchObject({ high: Math.sqrt(9 / 72) });
    expect(distributionOf(named('nonsense'), shape)).toEqual({ type: 'unknown' });
    expect(distributionOf(named('__proto__'), shape)).toEqual({ type: 'unknown' });
  });

  it('draw within them, with the deviation asked for', () => {
    const shape = [3, 3, 16, 64];
    const random = createRandom(1);
    const drawn = (name: string) => moments(drawWeight(shape, distributionOf(named(name), shape), random).data);
    const bound = Math.sqrt(6 / (9 * 80));
    const glorot = drawn('glorotUniform');
    expect(Math.max(-glorot.min, glorot.max)).toBeLessThanOrEqual(bound);
    expect(glorot.max).toBeGreaterThan(0.95 * bound);
    expect(drawn('heNormal').stddev / Math.sqrt(2 / 144)).toBeCloseTo(1, 1);
    expect(drawn('lecunNormal').stddev / Math.sqrt(1 / 144)).toBeCloseTo(1, 1);
  });

  for (const shape of [
    [6, 24],
    [24, 6]
  ] as const) {
    it(`make ${shape.join(' × ')} orthogonal`, () => {
      const { data } = drawWeight([...shape], { type: 'orthogonal', gain: 1 }, createRandom(3));
      const [rows, columns] = shape;
      const at = (row: number, column: number): number => data[row * columns + column] ?? Number.NaN;
      const few = Math.min(rows, columns);
      const many = Math.max(rows, columns);
      for (let a = 0; a < few; a++) {
        for (let b = 0; b < few; b++) {
          let product = 0;
          for (let k = 0; k < many; k++) product += rows < columns ? at(a, k) * at(b, k) : at(k, a) * at(k, b);
          expect(product).toBeCloseTo(a === b ? 1 : 0, 5);
        }
      }
    });
  }

  it('open the forget gate of an LSTM', () => {
    const { data } = drawWeight([8], { type: 'forgetGateOnes' }, createRandom(1));
    expect([...data]).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
  });

  it('are the layer’s own, else its framework’s', () => {
    const weights = expectedWeights(layerOf(), [null, 8, 8, 4], 'keras') ?? [];
    const [kernel, bias] = weights;
    if (kernel === undefined || bias === undefined) throw new Error('no weights');
    expect(kernel).toMatchObject({ role: 'kernel', shape: [3, 3, 4, 8], layout: 'HWIO' });
    expect(initializerFor(layerOf(), kernel, weights, 'keras').name).toBe('glorotUniform');
    expect(initializerFor(layerOf(), bias, weights, 'keras').name).toBe('zeros');
    const own = layerOf({ initializers: new Map([['kernel', named('heNormal')]]) });
    expect(initializerFor(own, kernel, weights, 'keras').name).toBe('heNormal');
    expect(initializerFor(layerOf(), bias, weights, 'pytorch')).toEqual(named('torchUniform', { fanIn: 36 }));
  });

  it('are told with their bound', () => {
    expect(initializerNote(named('glorotUniform'), [3, 3, 32, 64])).toBe('glorotUniform, bound 0.083');
    expect(initializerNote(named('zeros'), [64])).toBe('zeros, all 0');
  });
});
