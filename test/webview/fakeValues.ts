/** Made-up numbers and pictures that the fake host answers with. */
import type { Preprocessing } from '../../src/protocol/inputs';
import type { DroppedCells, OutputView, ValueChange } from '../../src/protocol/running';
import type { Histogram, Pixels, Statistics } from '../../src/protocol/values';

export const statistics: Statistics = {
  count: 288,
  min: -0.41,
  max: 0.52,
  mean: 0.012,
  meanAbs: 0.13,
  std: 0.17,
  zeros: 0.1,
  notFinite: 0
};
export const histogram: Histogram = {
  edges: Array.from({ length: 41 }, (_, i) => -0.5 + i * 0.025),
  counts: Array.from({ length: 40 }, (_, i) => Math.round(600 * Math.exp(-(((i - 20) / 8) ** 2))))
};
export const preprocessing: Preprocessing = { fit: 'stretch', normalization: '0..1', colour: 'gray', invert: false };

export const bell = (middle: number) =>
  Array.from({ length: 24 }, (_, i) => Math.round(90 * Math.exp(-(((i - middle) / 4) ** 2))));
export const changeBy = (from: string): ValueChange => ({
  from,
  range: { min: -2, max: 2 },
  before: bell(4),
  after: bell(12),
  outside: 0.12
});
/** A checkerboard. */
export const everySecond: DroppedCells = {
  rate: 0.5,
  seed: 1,
  width: 13,
  height: 13,
  cells: Uint8Array.from({ length: 169 }, (_, i) => i % 2)
};

export function wave(width: number, height: number, seed: number, grey = false): Pixels {
  const rgba = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value =
        0.5 + 0.5 * Math.sin(seed * 1.7 + (x * (1 + (seed % 3))) / 2) * Math.cos((y * (1 + (seed % 4))) / 2);
      const at = 4 * (y * width + x);
      rgba[at] = grey ? value * 255 : 40 + value * 200;
      rgba[at + 1] = grey ? value * 255 : 60 + value * 120;
      rgba[at + 2] = grey ? value * 255 : 250 - value * 200;
      rgba[at + 3] = 255;
    }
  }
  return { width, height, rgba };
}

export const pictureOutputs: readonly OutputView[] = [
  {
    kind: 'image',
    name: 'picture',
    pixels: wave(28, 28, 5),
    difference: { pixels: wave(28, 28, 6), largest: 31.5 },
    range: { min: 0, max: 1 }
  },
  {
    kind: 'mask',
    name: 'mask',
    pixels: wave(28, 28, 7),
    legend: [
      { label: 'ground', colour: '#000000', share: 0.7 },
      { label: 'cat', colour: '#e69f00', share: 0.3 }
    ]
  }
];
