/** Class activation maps from the gradients of a layer's maps. */
import type { DataFormat } from '../../core/shape';
import { mapView, type MapView } from '../maps';
import { gradientAt, type Explainer, type Question } from './explainer';

/** One number for each position of a layer's maps, slices by rows by columns. */
export interface PositionMap {
  readonly slices: number;
  readonly size: readonly [number, number];
  readonly values: Float32Array;
}

export interface CamOptions {
  /** `valueKey` of the layer's value. */
  readonly key: string;
  readonly format: DataFormat;
  readonly method: 'gradCam' | 'gradCamPlus';
}

/**
 * Grad-CAM (Selvaraju et al. 2017, equations 1 and 2): each map is weighted by the mean of its gradient; the positive part
 * of the weighted sum is kept. Grad-CAM++ (Chattopadhay et al. 2018, equations 10 and 19, with the exponential of the score
 * as the objective): positions count by `a = g^2 / (2 g^2 + g^3 sum A)`, and a map's weight is the sum of `a relu(g)`.
 */
export async function cam(explainer: Explainer, question: Question, options: CamOptions): Promise<PositionMap> {
  const { objective, inputs, experiment } = question;
  const result = await explainer.gradient(inputs, { objective, at: [options.key], experiment });
  const value = result.values.get(options.key);
  if (value === undefined) throw new Error(`no value at ${options.key}`);
  const maps = mapView(value, options.format);
  const gradients = mapView(gradientAt(result, options.key), options.format);
  return weigh(maps, gradients, options.method);
}

function weigh(maps: MapView, gradients: MapView, method: CamOptions['method']): PositionMap {
  const positions = maps.size[0] * maps.size[1] * maps.slices;
  const values = new Float32Array(positions);
  for (let c = 0; c < maps.channels; c++) {
    const map = maps.channel(c);
    const gradient = gradients.channel(c);
    const weight = method === 'gradCam' ? mean(gradient) : plusWeight(map, gradient);
    if (weight === 0) continue;
    for (let i = 0; i < positions; i++) values[i] = (values[i] ?? 0) + weight * (map[i] ?? 0);
  }
  return { slices: maps.slices, size: maps.size, values: values.map((value) => Math.max(0, value)) };
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function plusWeight(map: Float32Array, gradient: Float32Array): number {
  const total = map.reduce((sum, value) => sum + value, 0);
  return gradient.reduce((sum, g) => {
    const below = 2 * g * g + g * g * g * total;
    return g > 0 && below !== 0 ? sum + ((g * g) / below) * g : sum;
  }, 0);
}
