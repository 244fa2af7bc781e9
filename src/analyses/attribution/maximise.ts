/** Activation maximisation: an input that makes one channel, or one class, answer as strongly as possible. */
import type { DataFormat } from '../../core/shape';
import { createRandom } from '../../core/random';
import type { DenseTensor } from '../../core/tensor';
import type { Objective } from '../../engine/gradient';
import { mapView } from '../maps';
import { gradientAt, type Explainer } from './explainer';

export interface MaximiseOptions {
  readonly objective: Objective;
  readonly inputKey: string;
  readonly shape: readonly number[];
  readonly format: DataFormat;
  readonly steps: number;
  readonly seed: number;
  /** Keeps values near the middle of their range (see `penalty`). */
  readonly l2: number;
  /** Keeps neighbouring pixels alike (see `penalty`). */
  readonly totalVariation: number;
  /** Pixels by which the picture is moved at random in each step, so that nothing depends on its exact place. */
  readonly jitter: number;
  /** Least and greatest value a pixel may take. */
  readonly range: readonly [number, number];
}

export interface Maximised {
  readonly input: DenseTensor;
  /** The bare activation at the start and after each step. */
  readonly activations: readonly number[];
}

/** Step length as a share of the range; each step's gradient is brought to unit root mean square. */
const rate = 0.02;

/**
 * Gradient ascent in input space (Erhan et al. 2009; regularisers as in Mahendran and Vedaldi 2016) from seeded noise
 * around the middle of the range. The best input seen is given back.
 */
export async function maximise(
  explainer: Explainer,
  options: MaximiseOptions,
  onStep: (step: number, input: DenseTensor, activation: number) => void
): Promise<Maximised> {
  const { shape, range, objective, inputKey } = options;
  const random = createRandom(options.seed);
  const [low, high] = range;
  const middle = (low + high) / 2;
  let x: DenseTensor = {
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () =>
      clamp(middle + 0.05 * (high - low) * random.normal(), low, high)
    )
  };
  const activations: number[] = [];
  let best = x;
  let most = -Infinity;
  for (let step = 0; step <= options.steps; step++) {
    const shift: [number, number] = [drawShift(random.below, options.jitter), drawShift(random.below, options.jitter)];
    const moved = step === options.steps ? x : rolled(x, options.format, shift);
    const result = await explainer.gradient([moved], { objective, at: step === options.steps ? [] : [inputKey] });
    const activation = result.objective[0] ?? 0;
    activations.push(activation);
    if (activation > most) {
      most = activation;
      best = x;
    }
    onStep(step, x, activation);
    if (step === options.steps) break;
    const back = rolled(gradientAt(result, inputKey), options.format, [-shift[0], -shift[1]]);
    const pull = penalty(x, options).gradient;
    // Both terms are gradients of one objective; the bare gradient's size differs wildly between channels, so it is scaled first.
    const size = rootMeanSquare(back.data) || 1;
    const direction = back.data.map((value, i) => value / size - (pull[i] ?? 0));
    x = { shape, data: x.data.map((value, i) => clamp(value + rate * (high - low) * (direction[i] ?? 0), low, high)) };
  }
  return { input: best, activations };
}

/**
 * `l2 sum(z^2) + tv sum((z - right)^2 + (z - below)^2)` over `z = (x - middle) / range`, without averaging, so that its
 * gradient stands beside a gradient of unit size; and that gradient.
 */
export function penalty(
  { shape, data }: DenseTensor,
  { l2, totalVariation, format, range }: Pick<MaximiseOptions, 'l2' | 'totalVariation' | 'format' | 'range'>
): { readonly value: number; readonly gradient: Float32Array } {
  const [low, high] = range;
  const middle = (low + high) / 2;
  const extent = high - low || 1;
  const z = data.map((value) => (value - middle) / extent);
  const gradient = new Float32Array(data.length);
  let value = 0;
  for (let i = 0; i < z.length; i++) {
    const one = z[i] ?? 0;
    value += l2 * one * one;
    gradient[i] = (2 * l2 * one) / extent;
  }
  if (totalVariation === 0) return { value, gradient };
  const view = mapView({ shape, data }, format);
  const [height, width] = view.size;
  const differ = (a: number, b: number) => {
    const gap = (z[a] ?? 0) - (z[b] ?? 0);
    value += totalVariation * gap * gap;
    const slope = (2 * totalVariation * gap) / extent;
    gradient[a] = (gradient[a] ?? 0) + slope;
    gradient[b] = (gradient[b] ?? 0) - slope;
  };
  for (let c = 0; c < view.channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const here = placeOf(view, c, y, x);
        if (x + 1 < width) differ(here, placeOf(view, c, y, x + 1));
        if (y + 1 < height) differ(here, placeOf(view, c, y + 1, x));
      }
    }
  }
  return { value, gradient };
}

type View = ReturnType<typeof mapView>;

function placeOf(view: View, channel: number, y: number, x: number): number {
  return view.size[0] === 1 && view.shape.length === 2 ? view.indexOf(channel, x) : view.indexOf(channel, y, x);
}

/** Moved by `[down, right]`, what leaves at one side entering at the other. */
export function rolled(value: DenseTensor, format: DataFormat, [down, right]: readonly [number, number]): DenseTensor {
  if (down === 0 && right === 0) return value;
  const view = mapView(value, format);
  if (view.vector || view.slices > 1) return value;
  const [height, width] = view.size;
  const data = new Float32Array(value.data.length);
  for (let c = 0; c < view.channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const to = placeOf(view, c, (((y + down) % height) + height) % height, (((x + right) % width) + width) % width);
        data[to] = value.data[placeOf(view, c, y, x)] ?? 0;
      }
    }
  }
  return { shape: value.shape, data };
}

function drawShift(below: (end: number) => number, jitter: number): number {
  return jitter <= 0 ? 0 : below(2 * jitter + 1) - jitter;
}

function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length));
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
