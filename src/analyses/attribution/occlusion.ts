/** Occlusion sensitivity: how much the score falls when a window of the input is covered. */
import type { DataFormat } from '../../core/shape';
import type { DenseTensor } from '../../core/tensor';
import type { PositionMap } from './cam';
import { batchSize, lookedAt, withInput, type Explainer, type Question } from './explainer';

export interface OcclusionOptions {
  /** Height and width of the window, and how far it moves, in input pixels. */
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  /** What covers the window. */
  readonly fill: number;
  readonly format: DataFormat;
}

export interface Window {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Zeiler and Fergus 2014, section 4.2: each window covered in turn; a pixel's value is the mean fall of the score over the
 * windows that cover it (positive: the pixel speaks for the class). The last window of a row or column is cut at the border.
 */
export async function occlusion(
  explainer: Explainer,
  question: Question,
  options: OcclusionOptions
): Promise<PositionMap> {
  const input = lookedAt(question);
  const [height, width] = planeOf(input, options.format);
  const windows = windowsOf([height, width], options);
  const { objective, experiment, onProgress } = question;
  const size = batchSize(input.data.length);
  const score = (await explainer.gradient(question.inputs, { objective, at: [], experiment })).objective[0] ?? 0;
  const sums = new Float64Array(height * width);
  const counts = new Float64Array(height * width);
  for (let start = 0; start < windows.length; start += size) {
    const part = windows.slice(start, start + size);
    const data = new Float32Array(part.length * input.data.length);
    part.forEach((window, i) => data.set(covered(input, window, options).data, i * input.data.length));
    const batch = withInput(question, { shape: [part.length, ...input.shape.slice(1)], data });
    const { objective: scores } = await explainer.gradient(batch, { objective, at: [], experiment });
    part.forEach((window, i) => {
      const fall = score - (scores[i] ?? 0);
      for (let y = window.top; y < window.top + window.height; y++) {
        for (let x = window.left; x < window.left + window.width; x++) {
          sums[y * width + x] = (sums[y * width + x] ?? 0) + fall;
          counts[y * width + x] = (counts[y * width + x] ?? 0) + 1;
        }
      }
    });
    onProgress?.((start + part.length) / windows.length);
  }
  const values = Float32Array.from(sums, (sum, i) => sum / Math.max(1, counts[i] ?? 1));
  return { slices: 1, size: [height, width], values };
}

/** Every position of the window, reading order. */
export function windowsOf(
  [height, width]: readonly [number, number],
  { window, stride }: Pick<OcclusionOptions, 'window' | 'stride'>
): Window[] {
  const starts = (length: number, size: number, step: number) =>
    Array.from({ length: Math.max(0, Math.ceil((length - size) / step)) + 1 }, (_, i) => i * step);
  return starts(height, window[0], stride[0]).flatMap((top) =>
    starts(width, window[1], stride[1]).map((left) => ({
      top,
      left,
      height: Math.min(window[0], height - top),
      width: Math.min(window[1], width - left)
    }))
  );
}

/** The input (a batch of one) with a window of every channel and slice covered. */
export function covered(
  input: DenseTensor,
  window: Window,
  { fill, format }: Pick<OcclusionOptions, 'fill' | 'format'>
): DenseTensor {
  const data = Float32Array.from(input.data);
  const [, width] = planeOf(input, format);
  const inner = input.shape.slice(1);
  const channels = inner.length < 2 ? 1 : ((format === 'channelsFirst' ? inner[0] : inner.at(-1)) ?? 1);
  const positions = data.length / channels;
  const plane = planeOf(input, format)[0] * width;
  for (let slice = 0; slice < positions / plane; slice++) {
    for (let y = window.top; y < window.top + window.height; y++) {
      for (let x = window.left; x < window.left + window.width; x++) {
        const at = slice * plane + y * width + x;
        for (let c = 0; c < channels; c++) {
          data[format === 'channelsFirst' ? c * positions + at : at * channels + c] = fill;
        }
      }
    }
  }
  return { shape: input.shape, data };
}

/** A value without places as a row of them: each of its numbers is then a place of its own. */
export function asPlaces(value: DenseTensor): DenseTensor {
  return value.shape.length === 2 ? { ...value, shape: [...value.shape, 1] } : value;
}

/** Height and width; a series is one row, and so are numbers without places. */
export function planeOf(input: DenseTensor, format: DataFormat): [number, number] {
  const inner = input.shape.slice(1);
  if (inner.length === 1) return [1, inner[0] ?? 1];
  const space = format === 'channelsFirst' ? inner.slice(1) : inner.slice(0, -1);
  return [space.length < 2 ? 1 : (space.at(-2) ?? 1), space.at(-1) ?? 1];
}

/** The mean of all values: what covers a window by default. */
export function meanOfValues(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
