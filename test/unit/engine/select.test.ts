import { describe, expect, it } from 'vitest';
import { LINEAR } from '../../../src/core/activation';
import { loadBackend } from '../../../src/engine/backend';
import { createEngine, listEngines } from '../../../src/engine/select';
import { selfTest } from '../../../src/engine/selfTest';
import { withFreshWeights } from '../../../src/engine/freshWeights';
import { orderWeights } from '../../../src/engine/weightOrder';
import { chain, layer } from './models';

describe('choosing an engine', () => {
  it('lists every engine with a reason and chooses the first that passes its self-test', async () => {
    const infos = await listEngines();
    expect(infos.map((info) => info.name)).toEqual(['tfjs-node', 'wasm', 'cpu']);
    for (const info of infos) expect(info.reason).not.toBe('');
    const passed = infos.filter((info) => info.selfTest === 'passed');
    expect(passed.map((info) => info.name)).toContain('wasm');
    expect(infos.filter((info) => info.chosen)).toEqual([passed[0]]);
    expect(passed.find((info) => info.name === 'wasm')?.stepMs).toBeGreaterThan(0);
    expect((await createEngine()).name).toBe(passed[0]?.name);
  });

  it('finds an engine that computes wrongly', async () => {
    const loaded = await loadBackend('cpu');
    if (!loaded.ok) throw new Error(loaded.reason);
    const { backend } = loaded;
    expect(selfTest(backend)).toBeNull();
    const broken = { ...backend, tf: { ...backend.tf, maxPool: backend.tf.avgPool } as typeof backend.tf };
    expect(selfTest(broken)).toMatch(/max pooling/);
  });
});

describe('weights', () => {
  it('draws the same fresh values for a picture and a run, whatever other layers there are', async () => {
    const dense = (id: string) => layer(id, { kind: 'dense', units: 3, useBias: true, activation: LINEAR });
    const read = async (names: string[], seed: number) => {
      const model = withFreshWeights(chain([null, 4], names.map(dense)), seed);
      return Array.from((await model.root.layers.get('a')?.weights[0]?.read()) ?? []);
    };
    const values = await read(['a'], 1);
    expect(values).toHaveLength(12);
    expect(await read(['a', 'b'], 1)).toEqual(values);
    expect(await read(['a'], 2)).not.toEqual(values);
  });

  it('turns kernels stored rotated by 180 degrees back', () => {
    const kind = {
      kind: 'conv',
      rank: 2,
      filters: 1,
      groups: 1,
      kernelSize: [2, 2],
      strides: [1, 1],
      dilation: [1, 1],
      padding: { type: 'valid' },
      dataFormat: 'channelsFirst',
      useBias: false,
      activation: LINEAR
    } as const;
    const [kernel] = orderWeights(kind, [
      { role: 'kernel', layout: 'OIHW', flipped: true, shape: [1, 1, 2, 2], data: Float32Array.of(1, 2, 3, 4) }
    ]);
    expect(kernel?.shape).toEqual([2, 2, 1, 1]);
    expect(Array.from(kernel?.data ?? [])).toEqual([4, 3, 2, 1]);
  });
});
