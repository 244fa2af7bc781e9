/** `convlens tensors`: every weight of a model file, on request with what its numbers look like. */
import type { Graph, Model } from '../core/model';
import type { NumericArray, TensorRef } from '../core/tensor';
import { shortValue } from '../core/format';
import { onlyFile, readArguments } from './arguments';
import { openModels } from './openModels';

interface Placed {
  readonly layer: string | null;
  readonly tensor: TensorRef;
}

export interface TensorStatistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  readonly zeros: number;
  readonly sum: number;
  readonly first: readonly number[];
}

/** @throws {BadInput} */
export async function tensorsCommand(words: readonly string[]): Promise<string> {
  const args = readArguments('tensors', words, { stats: 'flag' });
  const { models, close } = await openModels(onlyFile('tensors', args));
  try {
    const rows = [];
    for (const { layer, tensor } of models.flatMap(placedTensors)) {
      const { name, role, dtype, shape } = tensor;
      const stats = args.has('stats') ? statisticsOf(await tensor.read()) : undefined;
      rows.push({ name, role, layer, dtype, shape, ...(stats === undefined ? {} : { stats }) });
    }
    if (args.json) return JSON.stringify(rows);
    return rows
      .map(({ name, role, dtype, shape, stats }) => {
        const facts =
          stats === undefined
            ? ''
            : `  min ${shortValue(stats.min)} max ${shortValue(stats.max)} mean ${shortValue(stats.mean)} std ${shortValue(stats.std)} zeros ${stats.zeros}`;
        return `${name}  ${role}  ${dtype} [${shape.join(', ')}]${facts}`;
      })
      .join('\n');
  } finally {
    close();
  }
}

/** Layers in order, then what belongs to none; an optimizer's slots are no weights. */
function placedTensors(model: Model): Placed[] {
  const strays = model.unplaced.filter((tensor) => tensor.role !== 'optimizer');
  return [...graphTensors(model.root), ...strays.map((tensor) => ({ layer: null, tensor }))];
}

function graphTensors(graph: Graph): Placed[] {
  return [...graph.layers.values()].flatMap((layer) => [
    ...layer.weights.map((tensor) => ({ layer: layer.name, tensor })),
    ...(layer.kind.kind === 'model' ? graphTensors(layer.kind.graph) : [])
  ]);
}

/** Sums in float64; `std` is the population's. Not-finite values make min, max and the rest not finite too. */
export function statisticsOf(values: NumericArray): TensorStatistics {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let zeros = 0;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
    if (value === 0) zeros += 1;
    sum += value;
  }
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { min, max, mean, std: Math.sqrt(squares / values.length), zeros, sum, first: Array.from(values.slice(0, 3)) };
}
