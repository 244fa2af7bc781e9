/** The pure parts of the readers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { widenBfloat16, widenFloat16 } from '../../../src/readers/floats';
import { sliceBoxes } from '../../../src/readers/hdf5/readValues';
import { parseJson } from '../../../src/readers/json';
import { callsOf, portsOf } from '../../../src/readers/keras/inbound';
import { openModelFile } from '../../../src/readers/open';
import { storeName } from '../../../src/core/keras/storeName';
import { decodeWeight } from '../../../src/readers/weights/tfjsDecode';

const scratch = mkdtempSync(join(tmpdir(), 'convlens-parsing-'));
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('16-bit floats', () => {
  it('widens half precision: normal, subnormal, infinite', () => {
    const bits = new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00, 0x7e00]);
    expect(Array.from(widenFloat16(bits))).toEqual([1, -2, 2 ** -24, 65504, -Infinity, NaN]);
  });

  it('widens bfloat16', () => {
    expect(Array.from(widenBfloat16(new Uint16Array([0x3f80, 0xc040, 0x7f80])))).toEqual([1, -3, Infinity]);
  });
});

describe('slices of a dataset', () => {
  it('cover it once, in order, within the limit', () => {
    const shape = [3, 5, 4];
    const boxes = sliceBoxes(shape, 8, null);
    const seen: number[] = [];
    for (const [a, b, c] of boxes) {
      if (a === undefined || b === undefined || c === undefined) throw new Error('three axes');
      let count = 0;
      for (let i = a[0]; i < a[1]; i++)
        for (let j = b[0]; j < b[1]; j++) for (let k = c[0]; k < c[1]; k++, count++) seen.push((i * 5 + j) * 4 + k);
      expect(count).toBeLessThanOrEqual(8);
    }
    expect(seen).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });

  it('is one slice where all of it fits', () => {
    expect(sliceBoxes([3, 3, 1, 8], 100, null)).toEqual([
      [
        [0, 3],
        [0, 3],
        [0, 1],
        [0, 8]
      ]
    ]);
  });
});

describe('inbound nodes', () => {
  it('reads Keras 2 lists, with tensors among the further arguments', () => {
    expect(callsOf([[['a', 0, 0, { y: ['b', 1, 2] }]], [['c', 0, 0, {}]]])).toEqual([
      {
        inputs: [
          { layer: 'a', node: 0, tensor: 0 },
          { layer: 'b', node: 1, tensor: 2 }
        ],
        constants: []
      },
      { inputs: [{ layer: 'c', node: 0, tensor: 0 }], constants: [] }
    ]);
  });

  it('reads Keras 3 arguments', () => {
    const tensor = (name: string) => ({
      class_name: '__keras_tensor__',
      config: { shape: [null, 3], dtype: 'float32', keras_history: [name, 0, 0] }
    });
    const [call] = callsOf([{ args: [[tensor('a'), tensor('b')], 2.5], kwargs: { training: false } }]);
    expect(call?.inputs.map(({ layer }) => layer)).toEqual(['a', 'b']);
    expect(call?.constants).toEqual([2.5]);
  });

  it('reads ports in all forms', () => {
    const a = { layer: 'a', node: 0, tensor: 0 };
    expect(portsOf(['a', 0, 0])).toEqual([a]);
    expect(portsOf([['a', 0, 0]])).toEqual([a]);
    expect(portsOf({ x: ['a', 0, 0] })).toEqual([a]);
  });
});

describe('names in the Keras 3 store', () => {
  it.each([
    ['Conv2D', 'conv2d'],
    ['MaxPooling2D', 'max_pooling2d'],
    ['BatchNormalization', 'batch_normalization'],
    ['PReLU', 'p_re_lu'],
    ['Conv2DTranspose', 'conv2d_transpose'],
    ['InputLayer', 'input_layer']
  ])('%s is %s', (className, name) => {
    expect(storeName(className)).toBe(name);
  });
});

describe('JSON as Python writes it', () => {
  it('reads Infinity and NaN outside strings', () => {
    expect(parseJson('{"a": -Infinity, "b": NaN, "c": "NaN \\" Infinity"}', 'x')).toEqual({
      a: -Infinity,
      b: null,
      c: 'NaN " Infinity'
    });
  });
});

describe('TensorFlow.js weights', () => {
  const topology = {
    keras_version: '2.15.0',
    model_config: {
      class_name: 'Sequential',
      config: {
        name: 'q',
        layers: [{ class_name: 'Dense', config: { name: 'd', units: 2, batch_input_shape: [null, 3] } }]
      }
    }
  };

  it('dequantises one stream that is cut inside a value', async () => {
    const bytes = new Uint8Array(6 * 2 + 2 * 2);
    const view = new DataView(bytes.buffer);
    [0, 1, 2, 3, 4, 65535].forEach((value, i) => view.setUint16(i * 2, value, true));
    [0x3c00, 0xc000].forEach((value, i) => view.setUint16(12 + i * 2, value, true));
    writeFileSync(join(scratch, 'a.bin'), bytes.subarray(0, 5));
    writeFileSync(join(scratch, 'b.bin'), bytes.subarray(5, 13));
    writeFileSync(join(scratch, 'c.bin'), bytes.subarray(13));
    const weights = [
      { name: 'd/kernel', shape: [3, 2], dtype: 'float32', quantization: { dtype: 'uint16', scale: 0.5, min: -1 } },
      { name: 'd/bias', shape: [2], dtype: 'float32', quantization: { dtype: 'float16' } }
    ];
    const json = { modelTopology: topology, weightsManifest: [{ paths: ['a.bin', 'b.bin', 'c.bin'], weights }] };
    const path = join(scratch, 'model.json');
    writeFileSync(path, JSON.stringify(json));
    const result = await openModelFile(path);
    if (!result.ok) throw new Error(result.error.problem);
    const { model, files, close } = result.value;
    expect(files).toHaveLength(4);
    const [kernel, bias] = model.root.layers.get('d')?.weights ?? [];
    expect(Array.from((await kernel?.read()) ?? [])).toEqual([-1, -0.5, 0, 0.5, 1, 32766.5]);
    expect(Array.from((await bias?.read()) ?? [])).toEqual([1, -2]);
    expect(kernel).toMatchObject({ role: 'kernel', storedBytes: 12, layout: 'IO' });
    close();
  });

  it('dequantises uint8', () => {
    const weight = { shape: [3], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.25, min: 1 } } as const;
    expect(Array.from(decodeWeight(new Uint8Array([0, 4, 255]), weight))).toEqual([1, 2, 64.75]);
  });
});

describe('aborting', () => {
  it('throws the reason of the signal', async () => {
    const reason = new Error('stopped by the person');
    await expect(openModelFile('any.h5', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
