import { describe, expect, it } from 'vitest';
import { mapView } from '../../../src/analyses/maps';
import { meanAbsolute, statistics } from '../../../src/analyses/statistics';
import { sweep } from '../../../src/analyses/sweep';
import { createRandom } from '../../../src/core/random';
import { ActivationStore } from '../../../src/worker/activations';

/** What the plain definitions say. */
function expected(values: Float32Array, channels: number, channelsFirst: boolean) {
  const shape = channelsFirst ? [1, channels, values.length / channels] : [1, values.length / channels, channels];
  const view = mapView({ shape, data: values }, channelsFirst ? 'channelsFirst' : 'channelsLast');
  const strengths = Array.from({ length: channels }, (_, c) => meanAbsolute(view.channel(c)));
  return { ...statistics(values), strongest: strengths.indexOf(Math.max(...strengths)) };
}

function agrees(values: Float32Array, channels: number, channelsFirst: boolean): void {
  const { facts, strongest } = sweep(values, channels, channelsFirst);
  const wanted = expected(values, channels, channelsFirst);
  expect(strongest).toBe(wanted.strongest);
  expect([facts.count, facts.min, facts.max, facts.notFinite]).toEqual([
    wanted.count,
    wanted.min + 0,
    wanted.max + 0,
    wanted.notFinite
  ]);
  const scale = Math.max(wanted.meanAbs, 1e-30);
  expect(Math.abs(facts.mean - wanted.mean) / scale).toBeLessThan(1e-12);
  expect(Math.abs(facts.meanAbs - wanted.meanAbs) / scale).toBeLessThan(1e-12);
}

describe('one reading of a value', () => {
  const random = createRandom(3);
  const makers: Record<string, (i: number) => number> = {
    'signed values': () => random.uniform() * 4 - 3,
    'values after ReLU': () => Math.max(0, random.uniform() - 0.5),
    'negative values alone': () => -random.uniform() - 1,
    'a small spread far from zero': () => 1e6 + random.uniform(),
    'zeros of both signs': (i) => (i % 2 === 0 ? -0 : 0),
    'the smallest and the largest numbers': (i) => [1e-45, -3.4e38, 3.4e38, -1e-45][i % 4] ?? 0
  };
  for (const [title, make] of Object.entries(makers)) {
    it(`finds what the definitions say: ${title}`, () => {
      // Positions in fours and with one, two and three left over.
      for (const [positions, channels] of [
        [1, 1],
        [1, 7],
        [4, 3],
        [5, 8],
        [6, 1],
        [49, 16],
        [100, 5]
      ] as const) {
        const values = Float32Array.from({ length: positions * channels }, (_, i) => make(i));
        agrees(values, channels, false);
        agrees(values, channels, true);
        // Somewhere inside a larger memory, as an engine's heap is.
        const heap = new Float32Array(values.length + 9).fill(1e30);
        heap.set(values, 3);
        agrees(heap.subarray(3, 3 + values.length), channels, false);
      }
    });
  }

  it('leaves out NaN and infinities, and counts them', () => {
    const values = Float32Array.of(1, Number.NaN, -2, 5, Infinity, 0.5, -Infinity, 4);
    agrees(values, 2, false);
    agrees(values, 2, true);
    agrees(new Float32Array(6).fill(Number.NaN), 3, false);
  });

  it('gives the first of equals, and takes an empty value', () => {
    expect(sweep(Float32Array.of(0, 1, -1, 0, -1, 1), 3, false).strongest).toBe(1);
    expect(sweep(new Float32Array(), 4, false)).toMatchObject({ strongest: 0, facts: { count: 0, min: 0, max: 0 } });
  });
});

describe('memory used again', () => {
  const numbers = (value: number) => new Float32Array(4).fill(value);

  it('is that of forgotten values of the same length', () => {
    const store = new ActivationStore(1000);
    store.putCopy('m a', [4], numbers(1));
    store.recycle('m ');
    expect([store.get('m a'), store.size]).toEqual([undefined, 0]);
    store.putCopy('m b', [4], numbers(2));
    store.putCopy('m c', [4], numbers(3));
    expect([store.get('m b')?.data[0], store.get('m c')?.data[0], store.size]).toEqual([2, 3, 32]);
  });

  it('is never that of a value somebody holds', () => {
    const store = new ActivationStore(1000);
    store.putCopy('m a', [4], numbers(1));
    const held = store.get('m a');
    const own = { shape: [4], data: numbers(5) };
    store.put('m b', own);
    store.recycle('m ');
    for (const key of ['m c', 'm d', 'm e']) store.putCopy(key, [4], numbers(9));
    expect([held?.data[0], own.data[0]]).toEqual([1, 5]);
  });

  it('counts in the budget and goes before values do', () => {
    const store = new ActivationStore(48);
    store.putCopy('m a', [4], numbers(1));
    store.putCopy('m b', [4], numbers(2));
    store.recycle('m ');
    store.putCopy('n a', [8], new Float32Array(8).fill(3));
    store.putCopy('n b', [4], numbers(4));
    expect([store.get('n a')?.data[0], store.get('n b')?.data[0], store.size]).toEqual([3, 4, 48]);
    store.putCopy('n huge', [100], new Float32Array(100));
    expect(store.get('n huge')).toBeUndefined();
  });

  it('keeps what was read apart from the engine: a copy does not change with its source', () => {
    const store = new ActivationStore(1000);
    const source = numbers(1);
    store.putCopy('m a', [4], source);
    source.fill(7);
    expect(store.get('m a')?.data[0]).toBe(1);
  });
});
