/** Changes of values and mirrored pictures, each with its drawn parameters given. All return new tensors `[N, H, W, C]`. */
import type { DenseTensor } from '../../core/tensor';

type Range = readonly [number, number];

const clip = (value: number, [low, high]: Range): number => Math.max(low, Math.min(high, value));

/** @param horizontal @param vertical for each image, whether it is mirrored left to right, upside down */
export function flipped(
  images: DenseTensor,
  horizontal: readonly boolean[],
  vertical: readonly boolean[]
): DenseTensor {
  const [n = 0, height = 0, width = 0, channels = 0] = images.shape;
  const data = new Float32Array(images.data.length);
  for (let i = 0; i < n; i++) {
    const [across, down] = [horizontal[i] === true, vertical[i] === true];
    for (let y = 0; y < height; y++) {
      const row = (i * height + (down ? height - 1 - y : y)) * width;
      const to = (i * height + y) * width;
      for (let x = 0; x < width; x++) {
        const from = (row + (across ? width - 1 - x : x)) * channels;
        for (let c = 0; c < channels; c++) data[(to + x) * channels + c] = images.data[from + c] ?? 0;
      }
    }
  }
  return { shape: images.shape, data };
}

/** `(v - mean) * factor + mean`, the mean of each image's channel, cut to `range`. @param factors one for each image */
export function contrasted(images: DenseTensor, factors: readonly number[], range: Range): DenseTensor {
  const [n = 0, height = 0, width = 0, channels = 0] = images.shape;
  const pixels = height * width;
  const data = new Float32Array(images.data.length);
  for (let i = 0; i < n; i++) {
    const factor = factors[i] ?? 1;
    for (let c = 0; c < channels; c++) {
      const start = i * pixels * channels + c;
      let sum = 0;
      for (let p = 0; p < pixels; p++) sum += images.data[start + p * channels] ?? 0;
      const mean = sum / pixels;
      for (let p = 0; p < pixels; p++) {
        const at = start + p * channels;
        data[at] = clip(((images.data[at] ?? 0) - mean) * factor + mean, range);
      }
    }
  }
  return { shape: images.shape, data };
}

/** @param deltas added to each image's values, which are then cut to `range` */
export function brightened(images: DenseTensor, deltas: readonly number[], range: Range): DenseTensor {
  const size = images.data.length / Math.max(1, images.shape[0] ?? 1);
  return {
    shape: images.shape,
    data: images.data.map((value, at) => clip(value + (deltas[Math.floor(at / size)] ?? 0), range))
  };
}

/** @param noise of the same length as the data */
export function added(images: DenseTensor, noise: Float32Array): DenseTensor {
  return { shape: images.shape, data: images.data.map((value, at) => value + (noise[at] ?? 0)) };
}
