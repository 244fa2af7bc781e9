/**
 * Whether a dense layer reads feature maps that were flattened: Keras flattens height, width, channels, PyTorch channels,
 * height, width, so that the rows of its matrix belong to other numbers.
 */
import { inferShapes, type GraphShapes } from '../../core/inferShapes';
import type { LayerKind } from '../../core/layerKind';
import type { Graph } from '../../core/model';
import type { Shape } from '../../core/shape';

/** Kinds that leave the order of a vector's numbers alone. */
const KEEPS: ReadonlySet<LayerKind['kind']> = new Set([
  'dropout',
  'alphaDropout',
  'gaussianDropout',
  'gaussianNoise',
  'activation',
  'prelu',
  'batchNorm',
  'layerNorm',
  'rescale',
  'identity'
]);

/** More than one place for each channel, as far as is known. */
const hasPlaces = (shape: Shape | null): boolean =>
  shape === null || (shape.length > 2 && shape.slice(1).filter((size) => size !== 1).length > 1);

export function readsFlattenedMaps(root: Graph, layer: string): boolean {
  return searchIn(inferShapes(root), layer) ?? false;
}

/** `null` where the graph does not call the layer. */
function searchIn(shapes: GraphShapes, layer: string): boolean | null {
  const { graph, calls } = shapes;
  const own = graph.calls.find((call) => call.layer === layer);
  if (own === undefined) {
    for (const { nested } of calls) {
      const found = nested === null ? null : searchIn(nested, layer);
      if (found !== null) return found;
    }
    return null;
  }
  const open = own.inputs.map(({ call }) => call);
  const seen = new Set<number>();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const call = graph.calls[at];
    const kind = graph.layers.get(call?.layer ?? '')?.kind;
    if (call === undefined || kind === undefined) continue;
    if (kind.kind === 'flatten' || kind.kind === 'reshape') {
      if (hasPlaces(calls[at]?.inputs[0] ?? null)) return true;
    } else if (kind.kind === 'opaque' || kind.kind === 'model') return true;
    else if (KEEPS.has(kind.kind) || kind.kind === 'merge' || kind.kind === 'concat') {
      open.push(...call.inputs.map((input) => input.call));
    }
  }
  return false;
}
