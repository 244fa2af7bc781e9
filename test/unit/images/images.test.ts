import { describe, expect, it } from 'vitest';
import { encode } from 'fast-png';
import { decodeImage } from '../../../src/images/decode';
import { readNpy, writeNpy } from '../../../src/images/npy';
import { preprocess } from '../../../src/images/preprocess';
import { fitTo } from '../../../src/images/resize';
import { imageFormat, imageSize } from '../../../src/images/sniff';
import type { Preprocessing, RgbaImage } from '../../../src/images/types';

const pixel = (r: number, g: number, b: number): RgbaImage => ({
  width: 1,
  height: 1,
  data: Uint8Array.of(r, g, b, 255)
});
const port = { height: 1, width: 1, channels: 3, channelsFirst: false };
const plain: Preprocessing = { fit: 'stretch', normalization: '0..1', colour: 'rgb', invert: false };
const numbers = (more: Partial<Preprocessing>) => [...preprocess(pixel(255, 51, 0), port, { ...plain, ...more }).data];

describe('preprocessing', () => {
  it.each([
    ['0..1', [1, 0.2, 0]],
    ['-1..1', [1, -0.6, -1]],
    ['0..255', [255, 51, 0]],
    ['imagenet', [(1 - 0.485) / 0.229, (0.2 - 0.456) / 0.224, -0.406 / 0.225]],
    // Keras's `imagenet_utils.preprocess_input(mode='caffe')`: BGR, means subtracted.
    ['caffe', [-103.939, 51 - 116.779, 255 - 123.68]]
  ] as const)('%s', (normalization, expected) => {
    numbers({ normalization }).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 4);
    });
  });
  it('orders, inverts and greys', () => {
    expect(numbers({ colour: 'bgr', normalization: '0..255' })).toEqual([0, 51, 255]);
    expect(numbers({ invert: true, normalization: '0..255' })).toEqual([0, 204, 255]);
    expect(numbers({ colour: 'gray', normalization: '0..255' })).toEqual([106, 106, 106]);
  });
  it('writes channels first where the port asks for it', () => {
    const two: RgbaImage = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 255) };
    const first = preprocess(two, { ...port, width: 2, channelsFirst: true }, { ...plain, normalization: 'none' });
    expect([first.shape, [...first.data]]).toEqual([
      [1, 3, 1, 2],
      [1, 4, 2, 5, 3, 6]
    ]);
  });
});

describe('fitting', () => {
  const wide: RgbaImage = { width: 4, height: 2, data: new Uint8Array(32).fill(200) };
  it('covers by cutting and contains on black', () => {
    expect(fitTo(wide, 2, 2, 'cover')).toMatchObject({ width: 2, height: 2 });
    const inside = fitTo(wide, 4, 4, 'contain');
    expect([inside.data[0], inside.data[4 * 4], inside.data[3]]).toEqual([0, 200, 255]);
  });
});

describe('hostile pictures', () => {
  it('are refused by their header before decoding', async () => {
    const bomb = encode({ width: 1, height: 1, data: new Uint8Array(4), channels: 4, depth: 8 }).slice();
    new DataView(bomb.buffer).setUint32(16, 60_000);
    new DataView(bomb.buffer).setUint32(20, 60_000);
    const result = await decodeImage(bomb, 'bomb.png');
    expect(!result.ok && result.error.problem).toContain('60000 x 60000');
  });
  it.each([
    ['nothing', new Uint8Array()],
    ['text', new TextEncoder().encode('<html></html>')],
    ['a cut JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4)],
    ['a cut GIF', new TextEncoder().encode('GIF89a\u0001')],
    ['an empty BMP', Uint8Array.from({ length: 60 }, (_, i) => [0x42, 0x4d][i] ?? 0)],
    ['a cut WebP', new TextEncoder().encode('RIFF....WEBPVP8 ')]
  ])('%s gives a problem, not an exception', async (_name, bytes) => {
    expect((await decodeImage(bytes, 'x')).ok).toBe(false);
  });
  it('knows formats by their bytes alone', () => {
    const gif = new TextEncoder().encode('GIF89a\u0007\0\u0005\0');
    expect([imageFormat(gif), imageSize(gif, 'gif')]).toEqual(['gif', [7, 5]]);
  });
});

describe('npy', () => {
  it('reads back what it writes', () => {
    const tensor = { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-7, 6) };
    const bytes = writeNpy(tensor);
    expect(bytes.indexOf(10) % 64).toBe(63);
    expect(readNpy(bytes)).toEqual({ ok: true, value: tensor });
  });
  it('refuses object arrays and cut files', () => {
    const bytes = writeNpy({ shape: [4], data: new Float32Array(4) });
    const objects = new TextEncoder().encode(new TextDecoder('latin1').decode(bytes).replace('<f4', '|O8'));
    expect(readNpy(bytes.slice(0, -1)).ok).toBe(false);
    expect(readNpy(objects).ok).toBe(false);
  });
});
