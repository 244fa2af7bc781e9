import { describe, expect, it } from 'vitest';
import { mapView, thumbnail } from '../../../src/analyses/maps';
import { dropMask, valueChange, withDropped } from '../../../src/analyses/stripPicture';
import { seedFor } from '../../../src/core/random';
import { createEngine } from '../../../src/engine/select';
import type { DroppedCells } from '../../../src/protocol/running';
import { toPortable } from '../../../src/protocol/portableModel';
import { inProcess } from '../../worker/inProcess';
import { GraphBuilder, conv, modelOf } from '../core/builder';

const dropout = (sharedAxes: readonly number[]) => ({ kind: 'dropout', rate: 0.4, sharedAxes, seed: null }) as const;
const ones = (shape: readonly number[]) => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1)
});

describe('the mask of a dropout row', () => {
  for (const sharedAxes of [[], [1, 2], [-1]]) {
    it(`is the one a training pass draws, shared axes [${sharedAxes.join()}]`, async () => {
      const builder = new GraphBuilder('net');
      const end = builder.chain(builder.input('in', [null, 5, 6, 3]), ['drop', dropout(sharedAxes)]);
      const engine = await createEngine('wasm');
      const network = await engine.prepare(modelOf(builder.graph(end)), { seed: 1 });
      const { outputs } = await network.run([ones([1, 5, 6, 3])], { mode: 'train', seed: 9 });
      const drops = dropMask([1, 5, 6, 3], sharedAxes, 0.4, seedFor(9, 'drop#0'));
      const data = outputs[0]?.data ?? new Float32Array();
      expect(data).toHaveLength(90);
      expect(Array.from(data, (value) => value === 0)).toEqual(Array.from(data, (_, at) => drops(at)));
      expect(data.some((value) => value === 0) && data.some((value) => value !== 0)).toBe(true);
      network.dispose();
    });
  }

  it('has one cell for each pixel of the channel shown', () => {
    const data = Float32Array.from({ length: 4 * 5 * 2 }, (_, i) => i % 2);
    const view = mapView({ shape: [1, 4, 5, 2], data }, 'channelsLast');
    const found = withDropped(thumbnail(view, 'd', 0), view, dropout([]), 1);
    const drops = dropMask([1, 4, 5, 2], [], 0.4, seedFor(1, 'd#0'));
    const expected: DroppedCells = {
      rate: 0.4,
      seed: 1,
      width: 5,
      height: 4,
      cells: Uint8Array.from({ length: 20 }, (_, i) => (drops(2 * i + 1) ? 1 : 0))
    };
    expect(found.dropped).toEqual(expected);
    expect(withDropped(found, view, { kind: 'identity' }, 1)).toBe(found);
  });
});

describe('a batch-norm row', () => {
  it('is drawn on the range and the channel of the row it reads', async () => {
    const request = inProcess();
    const builder = new GraphBuilder('net');
    const end = builder.chain(
      builder.input('in', [null, 12, 12, 1]),
      ['c', conv(4, [3, 3])],
      [
        'bn',
        {
          kind: 'batchNorm',
          axis: -1,
          epsilon: 1e-3,
          momentum: 0.99,
          center: true,
          scale: true,
          tracksStatistics: true
        }
      ]
    );
    const { model } = await request('openDefinition', { definition: toPortable(modelOf(builder.graph(end))), seed: 3 });
    await request('setInput', { model, input: 0, source: { kind: 'noise', seed: 1 }, preprocessing: null });
    const rows = new Map<string, ReturnType<typeof thumbnail>>();
    await request('run', { model }, { onThumbnail: (one) => rows.set(one.layer, one) });
    const [c, bn] = [rows.get('c'), rows.get('bn')];
    expect(bn?.picture.kind).toBe('map');
    expect(bn?.picture.range).toEqual(c?.picture.range);
    if (bn?.picture.kind === 'map' && c?.picture.kind === 'map') {
      expect(bn.picture.channel).toBe(c.picture.channel);
      expect(bn.picture.colormap).toBe(c.picture.colormap);
    }
    const count = 10 * 10 * 4;
    expect(bn?.comparedWith).toBe('c');
    expect(c?.comparedWith).toBeNull();
    const change = await request('valueChange', { model, layer: 'bn', occurrence: 0 });
    expect(change?.from).toBe('c');
    expect(change?.before.reduce((a, b) => a + b)).toBe(count);
    expect(change?.after.reduce((a, b) => a + b)).toBe(count);
  });

  it('counts before and after in the same bins and says what its range leaves out', () => {
    const found = valueChange('c', [0, 0.5, 1, 2], [-4, 0, 1, 8], { min: 0, max: 2 });
    expect(found).toMatchObject({ from: 'c', range: { min: -4, max: 8 }, outside: 0.5 });
    expect(found.after[0]).toBe(1);
    expect(found.after.at(-1)).toBe(1);
    expect(found.before[0]).toBe(0);
  });
});
