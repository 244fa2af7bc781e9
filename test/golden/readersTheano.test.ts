/** One network's weights stored by Theano and by TensorFlow: equal after reordering and turning, and only then. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TensorRef } from '../../src/core/tensor';
import { openModelFile } from '../../src/readers/open';

const FOLDER = resolve(__dirname, '../../../shared/corpus/keras-weights');
const path = (order: string) =>
  `${FOLDER}/squeezenet-${order}-k1/squeezenet_weights_${order}_dim_ordering_${order}_kernels_notop.h5`;

async function kernels(order: string) {
  const result = await openModelFile(path(order));
  if (!result.ok) throw new Error(result.error.problem);
  const { model, close } = result.value;
  const found = [...model.root.layers.values()].flatMap(({ name, kind, weights }) => {
    const [kernel] = weights;
    return kind.kind === 'conv' && kernel !== undefined ? [{ name, kernel }] : [];
  });
  return { found, codes: model.notices.map(({ code }) => code), close };
}

/** Values as `[H, W, I, O]`, turned by 180 degrees where the file says that they are stored so. */
async function asHwio(ref: TensorRef): Promise<number[]> {
  const values = await ref.read();
  if (ref.layout === 'HWIO') return Array.from(values);
  const [o = 0, i = 0, h = 0, w = 0] = ref.shape;
  const result: number[] = [];
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++)
      for (let c = 0; c < i; c++)
        for (let f = 0; f < o; f++) {
          const [row, column] = ref.flipped ? [h - 1 - y, w - 1 - x] : [y, x];
          result.push(values[((f * i + c) * h + row) * w + column] ?? NaN);
        }
  return result;
}

describe.skipIf(!existsSync(FOLDER))('SqueezeNet in both orders (skipped where ../shared/corpus is absent)', () => {
  it('holds the same kernels', async () => {
    const [th, tf] = await Promise.all([kernels('th'), kernels('tf')]);
    expect(th.codes).toContain('theano-kernels-assumed');
    expect(tf.codes).not.toContain('theano-kernels-assumed');
    expect(th.found.map(({ name }) => name)).toEqual(tf.found.map(({ name }) => name));
    expect(th.found.length).toBeGreaterThan(20);
    for (const [index, { name, kernel }] of th.found.entries()) {
      const other = tf.found[index]?.kernel;
      expect(kernel, name).toMatchObject({ layout: 'OIHW', flipped: true });
      expect(other, name).toMatchObject({ layout: 'HWIO', flipped: false });
      const a = await asHwio(kernel);
      const b = other === undefined ? [] : await asHwio(other);
      expect(a.length).toBe(b.length);
      expect(
        a.every((value, i) => value === b[i]),
        name
      ).toBe(true);
    }
    th.close();
    tf.close();
  });

  it('would differ without the turn', async () => {
    const [th, tf] = await Promise.all([kernels('th'), kernels('tf')]);
    const [first, same] = [th.found[0]?.kernel, tf.found[0]?.kernel];
    if (first === undefined || same === undefined) throw new Error('no convolution');
    const unturned = await asHwio({ ...first, flipped: false, read: (signal) => first.read(signal) });
    const right = await asHwio(same);
    expect(unturned.every((value, i) => value === right[i])).toBe(false);
    th.close();
    tf.close();
  });
});
