/** One layer's kernels through a run: a sheet for each kept epoch, all on one symmetric scale. */
import { loadKernel, planeSize, planeValues, type LoadedKernel } from '../../analyses/kernels';
import type { LayerNode } from '../../core/model';
import { t } from '../../core/texts';
import { drawLine } from '../../drawing/lines';
import { drawPlane, drawRgb, symmetricRange } from '../../drawing/plane';
import { shrinkPlane } from '../../drawing/scale';
import { drawSheet } from '../../drawing/sheet';
import type { KernelBiography } from '../../protocol/training';
import type { Pixels, ValueRange } from '../../protocol/values';
import { inputFailure } from '../problem';
import { layerWith, type EpochWeights } from './trainedModel';

/** Filters drawn at most. */
const mostFilters = 64;
/** A dense layer's matrix is shrunk to this many pixels a side. */
const matrixLimit = 256;

type Draw = (range: ValueRange) => Pixels;

interface Tile {
  readonly values: Float32Array;
  readonly draw: Draw;
}

/** @throws {RequestFailure} where the layer has no kernel */
export async function biography(
  layer: LayerNode,
  epochs: readonly number[],
  weights: readonly EpochWeights[]
): Promise<KernelBiography> {
  const kernels: LoadedKernel[] = [];
  for (const one of weights) {
    const kernel = await loadKernel(layerWith(layer, one));
    if (kernel === null) throw inputFailure(layer.name, t('has no kernel'), t('Choose a convolution or dense layer'));
    kernels.push(kernel);
  }
  const tiles = kernels.map(tilesOf);
  const limit = Math.max(1e-12, ...tiles.flat().map(({ values }) => symmetricRange(values).max));
  const range = { min: -limit, max: limit };
  const [first] = kernels;
  return {
    layer: layer.id,
    epochs,
    // The panel writes the legend: one for all epochs.
    sheets: tiles.map((own) =>
      drawSheet(
        own.map(({ draw }) => draw(range)),
        null
      )
    ),
    limit,
    change: kernels.map((kernel) => (first === undefined ? 0 : changeOf(first.values, kernel.values)))
  };
}

function tilesOf({ view, role }: LoadedKernel): Tile[] {
  if (view.spatial.length === 0 || view.spatial.every((size) => size === 1)) {
    const at = view.spatial.map(() => 0);
    const all = Float32Array.from({ length: view.outputs * view.inputs }, (_, n) =>
      view.at(Math.floor(n / view.inputs), n % view.inputs, ...at)
    );
    const { values, width, height } = shrinkPlane(all, view.inputs, view.outputs, matrixLimit);
    return [{ values, draw: (range) => drawPlane(values, width, height, range, 'diverging') }];
  }
  const [height, width] = planeSize(view);
  const colours = role === 'kernel' && view.inputs === 3 && view.spatial.length === 2;
  return Array.from({ length: Math.min(mostFilters, view.outputs) }, (_, filter): Tile => {
    if (colours) {
      const planes = [0, 1, 2].map((channel) => view.plane(filter, channel));
      const values = Float32Array.from(
        { length: 3 * width * height },
        (_ignored, i) => planes[i % 3]?.[Math.floor(i / 3)] ?? 0
      );
      return { values, draw: (range) => drawRgb(values, width, height, range) };
    }
    const values = planeValues(view, filter, -1);
    const line = view.spatial.length === 1;
    return {
      values,
      draw: (range) => (line ? drawLine(values, range) : drawPlane(values, width, height, range, 'diverging'))
    };
  });
}

/** Norm of the difference over the norm of the first. */
function changeOf(before: ArrayLike<number>, after: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < before.length; i++) {
    difference += ((after[i] ?? 0) - (before[i] ?? 0)) ** 2;
    norm += (before[i] ?? 0) ** 2;
  }
  return norm === 0 ? 0 : Math.sqrt(difference / norm);
}
