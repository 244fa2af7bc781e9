import { expect, it } from 'vitest';
import { RELU } from '../../src/core/activation';
import { elementCount } from '../../src/core/tensor';
import { toPortable } from '../../src/protocol/portableModel';
import { BATCH_NORM, GraphBuilder, GLOBAL_POOL, conv, dense, modelOf } from '../unit/core/builder';
import { inProcess } from './inProcess';

/** What the child process takes where nothing else is set. */
const budget = 256e6;
const layers = 150;

/** 150 layers on 224 x 224: all values of a pass are more than the budget holds. */
function network() {
  const builder = new GraphBuilder('deep');
  let value = builder.input('in', [null, 224, 224, 3]);
  const names: string[] = [];
  const add = (kind: Parameters<typeof builder.add>[1]) => {
    names.push(`x${String(names.length)}`);
    value = builder.add(names.at(-1) ?? '', kind, [value]);
  };
  for (const [stage, filters] of [32, 64, 128, 256, 512].entries()) {
    for (let block = 0; block < 10 && names.length < layers - 2; block++) {
      const strides = stage > 0 && block === 0 ? [2, 2] : [1, 1];
      const wide = stage > 0 ? [1, 1] : [3, 3];
      add(conv(filters, wide, { padding: { type: 'same' }, strides, useBias: false }));
      if (names.length < layers - 2) add(BATCH_NORM);
      if (names.length < layers - 2) add({ kind: 'activation', activation: RELU });
    }
  }
  add(GLOBAL_POOL);
  add(dense(10, { activation: { name: 'softmax', axis: -1 } }));
  return { definition: toPortable(modelOf(builder.graph(value))), names };
}

it('keeps a 150-layer network on 224 x 224 within its memory', async () => {
  const { definition, names } = network();
  expect(names).toHaveLength(layers);
  const request = inProcess(budget);
  const before = process.memoryUsage().rss;
  const { model } = await request('openDefinition', { definition, seed: 1 });
  await request('setInput', { model, input: 0, source: { kind: 'noise', seed: 1 }, preprocessing: null });
  let peak = 0;
  let bytes = 0;
  const onThumbnail = ({ shape }: { readonly shape: readonly number[] }) => {
    bytes += 4 * elementCount(shape);
    peak = Math.max(peak, process.memoryUsage().rss);
  };
  for (let pass = 0; pass < 2; pass++) {
    const outcome = await request('run', { model }, { onThumbnail });
    expect(outcome.stoppedAt).toBeNull();
  }
  expect(bytes / 2).toBeGreaterThan(1.3 * budget);
  // The first layer's value is long gone from the budget, and is computed again.
  const first = await request('mapSheet', { model, layer: 'x0', occurrence: 0 });
  expect(first.shape).toEqual([224, 224, 32]);
  expect(first.statistics.std).toBeGreaterThan(0);
  peak = Math.max(peak, process.memoryUsage().rss);
  const megabytes = (value: number) => (value / 1e6).toFixed(0);
  console.log(
    `150 layers, ${megabytes(bytes / 2)} MB of values a pass, budget ${megabytes(budget)} MB: ` +
      `RSS ${megabytes(before)} MB before, at most ${megabytes(peak)} MB (with the test runner)`
  );
  expect(peak).toBeLessThan(700e6);
}, 120_000);
